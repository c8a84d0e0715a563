package dev.converge.commitment;

import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** The branches of one participant, in its database. Each method is one atomic step. */
public interface Branches {
  /**
   * A branch that waits for its decision.
   *
   * @param age since it was prepared
   */
  record InDoubt(GlobalId id, BranchState state, Duration age) {}

  /** Whether the work waits for a decision. Without one it is committed when it is requested. */
  default boolean awaitDecisions() {
    return true;
  }

  /** The state of a branch. */
  Future<BranchState> state(GlobalId id);

  /**
   * Checks a request for work before anything is done, also where the branch exists already.
   *
   * @throws RuntimeException the failure of the request if its body has faults
   */
  void check(GlobalId id, JsonObject request);

  /**
   * Whether a branch that is prepared has this request; true where that is not known, because the
   * request is not stored.
   */
  default Future<Boolean> isSame(GlobalId id, JsonObject request) {
    return Future.succeededFuture(true);
  }

  /**
   * Does the work and prepares it.
   *
   * @return failed with {@link RefusedException} if the work is refused, or a tombstone refuses it;
   *     any other failure leaves it open whether the branch is prepared
   */
  Future<Void> prepare(GlobalId id, JsonObject request);

  /** Records that the branch is precommitted. */
  Future<Void> recordPrecommit(GlobalId id);

  /** Records that the branch is aborted before its work arrives. */
  Future<Void> recordAbort(GlobalId id);

  /** Commits the prepared work. */
  Future<Void> commit(GlobalId id);

  /** Rolls the prepared work back, and records that the branch is aborted. */
  Future<Void> rollBack(GlobalId id);

  /**
   * Records that the branch has not ended as the transaction was decided.
   *
   * @param state of the branch when the decision arrived
   * @param message the decision
   * @return whether it was not recorded before
   */
  Future<Boolean> recordDivergence(GlobalId id, BranchState state, BranchEvent message);

  /** The oldest branches in doubt. */
  Future<List<InDoubt>> inDoubt(int limit);

  /**
   * The last branches of a protocol that have ended in one of these states, the oldest first. Empty
   * where a branch ends when its work is done.
   *
   * @param protocol the short name of their transactions
   * @param since how long ago they may have ended
   */
  default Future<List<GlobalId>> ended(
      String protocol, Set<BranchState> states, Duration since, int limit) {
    return Future.succeededFuture(List.of());
  }

  /**
   * Deletes the records of branches that ended long ago.
   *
   * @param olderThan longer than any request can be delayed: a deleted tombstone refuses no work
   * @return how many were deleted
   */
  Future<Integer> prune(Duration olderThan, int limit);
}
