package dev.converge.lab.schedules;

import dev.converge.commitment.protocol.BranchState;
import org.jspecify.annotations.Nullable;

/**
 * A participant's branch of a transaction.
 *
 * @param state as the participant knows it
 * @param durable as its database has it; differs from {@code state} under a mutation only
 * @param ended the first end of the branch; null while it has none
 */
record Branch(BranchState state, BranchState durable, @Nullable BranchState ended) {
  static final Branch UNKNOWN = new Branch(BranchState.UNKNOWN, BranchState.UNKNOWN, null);

  /** The branch after an atomic step of its database. */
  Branch stored(BranchState next) {
    return new Branch(next, next, ended == null && next.isFinal() ? next : ended);
  }

  /** The branch after a step that its database does not have. */
  Branch kept(BranchState next) {
    return new Branch(next, durable, ended);
  }

  /** The branch after an abort that leaves no row. */
  Branch forgotten() {
    return new Branch(
        BranchState.UNKNOWN, BranchState.UNKNOWN, ended == null ? BranchState.ABORTED : ended);
  }

  Branch restarted() {
    return new Branch(durable, durable, ended);
  }

  /** Whether the branch has ended and then changed. */
  boolean hasLeftItsEnd() {
    return ended != null && state != ended && state != BranchState.UNKNOWN;
  }

  /** Whether its participant holds the work of a vote of yes, or has committed it. */
  boolean hasVotedYes() {
    return state.isInDoubt() || state == BranchState.COMMITTED;
  }
}
