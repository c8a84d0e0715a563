package dev.converge.commitment;

import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;

/** The register of a protocol that has none. */
final class NoDecisions implements Decisions {
  @Override
  public Future<Decision> proposeCommit(GlobalId id, Context trace) {
    return noRegister(id);
  }

  @Override
  public Future<Decision> proposeAbort(GlobalId id, Context trace) {
    return noRegister(id);
  }

  private static Future<Decision> noRegister(GlobalId id) {
    return Future.failedFuture(new IllegalStateException(id + " has no register of decisions"));
  }

  @Override
  public Future<Void> done(GlobalId id, Context trace) {
    return Future.succeededFuture();
  }

  @Override
  public Future<List<Open>> open(Duration olderThan, int limit) {
    return Future.succeededFuture(List.of());
  }

  @Override
  public Future<Integer> prune(int limit) {
    return Future.succeededFuture(0);
  }
}
