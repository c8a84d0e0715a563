package dev.converge.commitment.protocol;

import static dev.converge.commitment.protocol.BranchAction.ASK_PEERS;
import static dev.converge.commitment.protocol.BranchAction.COMMIT_WORK;
import static dev.converge.commitment.protocol.BranchAction.PREPARE_WORK;
import static dev.converge.commitment.protocol.BranchAction.RECORD_ABORT;
import static dev.converge.commitment.protocol.BranchAction.REPORT_DIVERGENCE;
import static dev.converge.commitment.protocol.BranchAction.ROLL_BACK;
import static dev.converge.commitment.protocol.BranchEvent.ABORT;
import static dev.converge.commitment.protocol.BranchEvent.COMMIT;
import static dev.converge.commitment.protocol.BranchEvent.DECISION_UNREACHABLE;
import static dev.converge.commitment.protocol.BranchEvent.IN_DOUBT;
import static dev.converge.commitment.protocol.BranchEvent.PEER_PRECOMMITTED;
import static dev.converge.commitment.protocol.BranchEvent.PRECOMMIT;
import static dev.converge.commitment.protocol.BranchEvent.PREPARE;
import static dev.converge.commitment.protocol.BranchState.ABORTED;
import static dev.converge.commitment.protocol.BranchState.COMMITTED;
import static dev.converge.commitment.protocol.BranchState.PREPARED;
import static dev.converge.commitment.protocol.BranchState.UNKNOWN;
import static dev.converge.commitment.protocol.CoordinatorAction.ANSWER_ABORTED;
import static dev.converge.commitment.protocol.CoordinatorAction.ANSWER_COMMITTED;
import static dev.converge.commitment.protocol.CoordinatorAction.PROPOSE_ABORT;
import static dev.converge.commitment.protocol.CoordinatorAction.PROPOSE_COMMIT;
import static dev.converge.commitment.protocol.CoordinatorAction.RECORD_DONE;
import static dev.converge.commitment.protocol.CoordinatorAction.SEND_ABORT;
import static dev.converge.commitment.protocol.CoordinatorAction.SEND_COMMIT;
import static dev.converge.commitment.protocol.CoordinatorAction.SEND_PREPARE;
import static dev.converge.commitment.protocol.CoordinatorEvent.ABORT_REGISTERED;
import static dev.converge.commitment.protocol.CoordinatorEvent.ALL_APPLIED;
import static dev.converge.commitment.protocol.CoordinatorEvent.ALL_PRECOMMITTED;
import static dev.converge.commitment.protocol.CoordinatorEvent.ALL_VOTED_YES;
import static dev.converge.commitment.protocol.CoordinatorEvent.BEGIN;
import static dev.converge.commitment.protocol.CoordinatorEvent.COMMIT_REGISTERED;
import static dev.converge.commitment.protocol.CoordinatorEvent.DECISION_OVERDUE;
import static dev.converge.commitment.protocol.CoordinatorEvent.DECISION_UNCONFIRMED;
import static dev.converge.commitment.protocol.CoordinatorEvent.PRECOMMITS_OVERDUE;
import static dev.converge.commitment.protocol.CoordinatorEvent.PRECOMMIT_REFUSED;
import static dev.converge.commitment.protocol.CoordinatorEvent.VOTED_NO;
import static dev.converge.commitment.protocol.CoordinatorEvent.VOTES_OVERDUE;
import static dev.converge.commitment.protocol.CoordinatorPhase.ABORTING;
import static dev.converge.commitment.protocol.CoordinatorPhase.COMMITTING;
import static dev.converge.commitment.protocol.CoordinatorPhase.DECIDING;
import static dev.converge.commitment.protocol.CoordinatorPhase.DONE;
import static dev.converge.commitment.protocol.CoordinatorPhase.NEW;
import static dev.converge.commitment.protocol.CoordinatorPhase.VOTING;

/**
 * Two-phase commit with presumed abort (C. Mohan, B. Lindsay, R. Obermarck, 1986).
 *
 * <p>The decision is the first proposal that reaches a register: a row with a unique key in the
 * coordinator's database, or a node in a quorum. Coordinator and participants may propose. A
 * prepared branch never decides alone: if the register and the peers cannot answer, it waits and
 * holds its locks. That is the price of never diverging.
 *
 * <p>Try, confirm, cancel follows the same rules. There, to prepare is a local transaction that
 * sets the resource aside, so that a branch in doubt holds no locks.
 */
public final class TwoPhaseCommit {
  private static final Wording WORDING_OF_THE_QUORUM =
      Wording.OF_THE_TABLE
          .with(CoordinatorEvent.COMMIT_REGISTERED, "MAJORITY_HOLDS_COMMIT")
          .with(CoordinatorEvent.ABORT_REGISTERED, "MAJORITY_HOLDS_ABORT")
          .with(CoordinatorEvent.DECISION_UNCONFIRMED, "NO_MAJORITY_CONFIRMS")
          .with(CoordinatorAction.PROPOSE_COMMIT, "PROPOSE_COMMIT_TO_QUORUM")
          .with(CoordinatorAction.PROPOSE_ABORT, "PROPOSE_ABORT_TO_QUORUM")
          .with(BranchEvent.DECISION_UNREACHABLE, "NO_MAJORITY_REACHABLE")
          .with(BranchAction.PROPOSE_ABORT, "PROPOSE_ABORT_TO_QUORUM");

  private TwoPhaseCommit() {}

  /** The protocol. */
  public static Protocol protocol() {
    return new Protocol("two-phase commit", coordinator(), participant());
  }

  /**
   * The protocol whose register is a majority of several nodes. Coordinator and participants write
   * it in the same way, so no branch depends on the coordinator.
   */
  public static Protocol withQuorum() {
    return new Protocol(
        "two-phase commit with a quorum", coordinator(), participant(), WORDING_OF_THE_QUORUM);
  }

  private static TransitionTable<CoordinatorPhase, CoordinatorEvent, CoordinatorAction>
      coordinator() {
    return TransitionTable.<CoordinatorPhase, CoordinatorEvent, CoordinatorAction>startingIn(
            NEW, CoordinatorEvent.class)
        .without(ALL_PRECOMMITTED, PRECOMMITS_OVERDUE, PRECOMMIT_REFUSED)
        .in(NEW)
        .on(BEGIN, VOTING, SEND_PREPARE)
        // After a restart: the decision was recorded, but not every participant may know it.
        .on(COMMIT_REGISTERED, COMMITTING, SEND_COMMIT)
        .ignoresTheRest()
        .in(VOTING)
        .on(ALL_VOTED_YES, DECIDING, PROPOSE_COMMIT)
        // Presumed abort: nothing is recorded. Who asks later finds no decision and proposes abort.
        .on(VOTED_NO, ABORTING, ANSWER_ABORTED, SEND_ABORT)
        .on(VOTES_OVERDUE, ABORTING, ANSWER_ABORTED, SEND_ABORT)
        // A participant in doubt was faster.
        .on(ABORT_REGISTERED, ABORTING, ANSWER_ABORTED, SEND_ABORT)
        .ignoresTheRest()
        .in(DECIDING)
        .on(COMMIT_REGISTERED, COMMITTING, ANSWER_COMMITTED, SEND_COMMIT)
        .on(ABORT_REGISTERED, ABORTING, ANSWER_ABORTED, SEND_ABORT)
        .stays(DECISION_UNCONFIRMED, PROPOSE_ABORT)
        .ignoresTheRest()
        .in(COMMITTING)
        .on(ALL_APPLIED, DONE, RECORD_DONE)
        .stays(DECISION_OVERDUE, SEND_COMMIT)
        .ignoresTheRest()
        .in(ABORTING)
        .on(ALL_APPLIED, DONE)
        // A participant that did not hear of the abort asks.
        .on(DECISION_OVERDUE, DONE)
        .ignoresTheRest()
        .in(DONE)
        .ignoresTheRest()
        .build();
  }

  private static TransitionTable<BranchState, BranchEvent, BranchAction> participant() {
    return TransitionTable.<BranchState, BranchEvent, BranchAction>startingIn(
            UNKNOWN, BranchEvent.class)
        .without(PRECOMMIT, PEER_PRECOMMITTED)
        .in(UNKNOWN)
        .on(PREPARE, PREPARED, PREPARE_WORK)
        .on(ABORT, ABORTED, RECORD_ABORT)
        .stays(COMMIT, REPORT_DIVERGENCE)
        .ignoresTheRest()
        .in(PREPARED)
        .on(COMMIT, COMMITTED, COMMIT_WORK)
        .on(ABORT, ABORTED, ROLL_BACK)
        .stays(IN_DOUBT, BranchAction.PROPOSE_ABORT)
        .stays(DECISION_UNREACHABLE, ASK_PEERS)
        .ignoresTheRest()
        .in(COMMITTED)
        .stays(ABORT, REPORT_DIVERGENCE)
        .ignoresTheRest()
        .in(ABORTED)
        .stays(COMMIT, REPORT_DIVERGENCE)
        .ignoresTheRest()
        .build();
  }
}
