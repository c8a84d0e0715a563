package dev.converge.commitment;

import io.opentelemetry.context.Context;
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
  default Future<Decision> proposeCommit(GlobalId id) {
    return proposeCommit(id, Context.root());
  }

  /**
   * Proposes commit.
   *
   * @param trace the span that proposes
   */
  Future<Decision> proposeCommit(GlobalId id, Context trace);

  /**
   * Proposes abort.
   *
   * @return the registered decision; a failure leaves it open
   */
  default Future<Decision> proposeAbort(GlobalId id) {
    return proposeAbort(id, Context.root());
  }

  /**
   * Proposes abort.
   *
   * @param trace the span that proposes
   */
  Future<Decision> proposeAbort(GlobalId id, Context trace);

  /** Records that no participant needs the decision any more. */
  default Future<Void> done(GlobalId id) {
    return done(id, Context.root());
  }

  /**
   * Records that no participant needs the decision any more.
   *
   * @param trace the span that records it
   */
  Future<Void> done(GlobalId id, Context trace);

  /**
   * A transaction to commit of which not every participant is known to have committed.
   *
   * @param trace the span that proposed the commit
   */
  record Open(GlobalId id, Context trace) {}

  /** The oldest transactions that are open. */
  Future<List<Open>> open(Duration olderThan, int limit);

  /**
   * Deletes decisions that are no longer open and are older than the register's retention. That is
   * longer than a coordinator or a participant can be delayed: once a decision is deleted, a late
   * proposal would be the first one.
   *
   * @return how many were deleted
   */
  Future<Integer> prune(int limit);
}
