package dev.converge.commitment;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;

/** The register of a protocol that has none. */
final class NoDecisions implements Decisions {
  @Override
  public Future<Decision> proposeCommit(GlobalId id) {
    return noRegister(id);
  }

  @Override
  public Future<Decision> proposeAbort(GlobalId id) {
    return noRegister(id);
  }

  private static Future<Decision> noRegister(GlobalId id) {
    return Future.failedFuture(new IllegalStateException(id + " has no register of decisions"));
  }

  @Override
  public Future<Void> done(GlobalId id) {
    return Future.succeededFuture();
  }

  @Override
  public Future<List<GlobalId>> open(Duration olderThan, int limit) {
    return Future.succeededFuture(List.of());
  }

  @Override
  public Future<Integer> prune(int limit) {
    return Future.succeededFuture(0);
  }
}
