package dev.converge.commitment.protocol;

/**
 * Try, confirm, cancel: two-phase commit whose prepared branch is a reservation and holds no locks.
 * It has the tables of {@link TwoPhaseCommit}, so it decides alike, and names of its own: a try
 * reserves, a confirm spends the reservation, a cancel returns it. A reservation that is old never
 * expires alone: its participant asks for the decision.
 */
public final class TryConfirmCancel {
  private static final Wording WORDING =
      Wording.OF_THE_TABLE
          .with(BranchState.PREPARED, "TRIED")
          .with(BranchState.COMMITTED, "CONFIRMED")
          .with(BranchState.ABORTED, "CANCELLED")
          .with(BranchEvent.PREPARE, "TRY")
          .with(BranchEvent.COMMIT, "CONFIRM")
          .with(BranchEvent.ABORT, "CANCEL")
          .with(BranchEvent.IN_DOUBT, "RESERVATION_IS_OLD")
          .with(BranchAction.PREPARE_WORK, "RESERVE")
          .with(BranchAction.COMMIT_WORK, "SPEND_RESERVATION")
          .with(BranchAction.ROLL_BACK, "RETURN_RESERVATION")
          .with(BranchAction.RECORD_ABORT, "RECORD_TOMBSTONE")
          .with(CoordinatorPhase.VOTING, "TRYING")
          .with(CoordinatorPhase.COMMITTING, "CONFIRMING")
          .with(CoordinatorPhase.ABORTING, "CANCELLING")
          .with(CoordinatorEvent.ALL_VOTED_YES, "ALL_TRIED")
          .with(CoordinatorEvent.VOTED_NO, "TRY_REFUSED")
          .with(CoordinatorEvent.VOTES_OVERDUE, "TRIES_OVERDUE")
          .with(CoordinatorAction.SEND_PREPARE, "SEND_TRY")
          .with(CoordinatorAction.SEND_COMMIT, "SEND_CONFIRM")
          .with(CoordinatorAction.SEND_ABORT, "SEND_CANCEL");

  private TryConfirmCancel() {}

  /** The protocol. */
  public static Protocol protocol() {
    Protocol twoPhases = TwoPhaseCommit.protocol();
    return new Protocol(
        "try, confirm, cancel", twoPhases.coordinator(), twoPhases.participant(), WORDING);
  }
}
