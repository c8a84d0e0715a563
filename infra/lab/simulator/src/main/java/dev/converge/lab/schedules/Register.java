package dev.converge.lab.schedules;

import dev.converge.commitment.Decision;
import org.jspecify.annotations.Nullable;

/**
 * The register of decisions: the first proposal is the decision. Durable.
 *
 * @param decision null while nothing is proposed
 * @param done whether every participant is known to have applied the decision
 */
record Register(@Nullable Decision decision, boolean done) {
  static final Register EMPTY = new Register(null, false);

  Register proposed(Decision proposal) {
    return decision == null ? new Register(proposal, false) : this;
  }

  /** Whether a coordinator that has restarted announces the decision. */
  boolean isOpenCommit() {
    return decision == Decision.COMMIT && !done;
  }

  Register applied() {
    return new Register(decision, true);
  }
}
