package dev.converge.commitment;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;

/** The register of decisions. For each transaction the first proposal stands. */
public interface Decisions {
  /**
   * Proposes commit, together with what the coordinator itself writes.
   *
   * @return the decision that stands; a failure leaves it open
   */
  Future<Decision> proposeCommit(GlobalId id);

  /**
   * Proposes abort.
   *
   * @return the decision that stands; a failure leaves it open
   */
  Future<Decision> proposeAbort(GlobalId id);

  /** Records that no participant needs the decision any more. */
  Future<Void> done(GlobalId id);

  /** Transactions that are to be committed, and of which not every participant is known to have. */
  Future<List<GlobalId>> open(Duration olderThan, int limit);
}
