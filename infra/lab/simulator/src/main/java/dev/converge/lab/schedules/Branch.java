package dev.converge.lab.schedules;

import dev.converge.commitment.protocol.BranchState;
import org.jspecify.annotations.Nullable;

/**
 * A participant's branch of a transaction.
 *
 * @param state as the participant knows it
 * @param durable as its database has it; differs from {@code state} under a mutation only
 * @param ended the first end of the branch; null while it has none
 * @param reservation its effect, by try, confirm, cancel; by other protocols it has none here
 * @param isDown whether its participant has crashed and not started again
 */
record Branch(
    BranchState state,
    BranchState durable,
    @Nullable BranchState ended,
    Reservation reservation,
    boolean isDown) {
  static final Branch UNKNOWN =
      new Branch(BranchState.UNKNOWN, BranchState.UNKNOWN, null, Reservation.NONE, false);

  /** The branch after an atomic step of its database. */
  Branch stored(BranchState next) {
    return new Branch(
        next, next, ended == null && next.isFinal() ? next : ended, reservation, isDown);
  }

  /** The branch after a step that its database does not have. */
  Branch kept(BranchState next) {
    return new Branch(next, durable, ended, reservation, isDown);
  }

  /** The branch after an abort that leaves no row. */
  Branch forgotten() {
    return new Branch(
        BranchState.UNKNOWN,
        BranchState.UNKNOWN,
        ended == null ? BranchState.ABORTED : ended,
        reservation,
        isDown);
  }

  /** After a crash; its participant stays down. */
  Branch crashed() {
    return new Branch(durable, durable, ended, reservation, true);
  }

  /** After a start of its participant. */
  Branch restarted() {
    return new Branch(durable, durable, ended, reservation, false);
  }

  Branch with(Reservation next) {
    return new Branch(state, durable, ended, next, isDown);
  }

  /** Whether a try that arrived after its cancel has reserved something. */
  boolean hasReservedAfterItsCancel() {
    return ended == BranchState.ABORTED && reservation.isTried();
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
