package dev.converge.service.transactions;

import dev.converge.commitment.Branches;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.protocol.BranchState;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;

/**
 * Branches that are tried on connections of their own: a try that waits for a row must not occupy
 * the connections that end other branches.
 *
 * @param working the same branches as {@code ending}, on other connections
 */
record SplitBranches(Branches working, Branches ending) implements Branches {
  @Override
  public Future<Void> prepare(GlobalId id, JsonObject request) {
    return working.prepare(id, request);
  }

  @Override
  public Future<BranchState> state(GlobalId id) {
    return ending.state(id);
  }

  @Override
  public Future<Void> recordPrecommit(GlobalId id) {
    return ending.recordPrecommit(id);
  }

  @Override
  public Future<Void> recordAbort(GlobalId id) {
    return ending.recordAbort(id);
  }

  @Override
  public Future<Void> commit(GlobalId id) {
    return ending.commit(id);
  }

  @Override
  public Future<Void> rollBack(GlobalId id) {
    return ending.rollBack(id);
  }

  @Override
  public Future<List<InDoubt>> inDoubt(int limit) {
    return ending.inDoubt(limit);
  }

  @Override
  public Future<Integer> prune(Duration olderThan, int limit) {
    return ending.prune(olderThan, limit);
  }
}
