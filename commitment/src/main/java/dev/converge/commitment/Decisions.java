package dev.converge.commitment;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;

/** The register of decisions. For each transaction the first proposal is the decision. */
public interface Decisions {
  /** No register: three-phase commit decides without one. */
  static Decisions none() {
    return new NoDecisions();
  }

  /**
   * Proposes commit, together with what the coordinator itself writes.
   *
   * @return the registered decision; a failure leaves it open
   */
  Future<Decision> proposeCommit(GlobalId id);

  /**
   * Proposes abort.
   *
   * @return the registered decision; a failure leaves it open
   */
  Future<Decision> proposeAbort(GlobalId id);

  /** Records that no participant needs the decision any more. */
  Future<Void> done(GlobalId id);

  /** Transactions to commit of which not every participant is known to have committed. */
  Future<List<GlobalId>> open(Duration olderThan, int limit);

  /**
   * Deletes decisions that are no longer open and are older than the register's retention. That is
   * longer than a coordinator or a participant can be delayed: once a decision is deleted, a late
   * proposal would be the first one.
   *
   * @return how many were deleted
   */
  Future<Integer> prune(int limit);
}
