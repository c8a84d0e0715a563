package dev.converge.commitment.protocol;

import static dev.converge.commitment.protocol.BranchAction.ASK_PEERS;
import static dev.converge.commitment.protocol.BranchAction.COMMIT_WORK;
import static dev.converge.commitment.protocol.BranchAction.PREPARE_WORK;
import static dev.converge.commitment.protocol.BranchAction.RECORD_ABORT;
import static dev.converge.commitment.protocol.BranchAction.RECORD_PRECOMMIT;
import static dev.converge.commitment.protocol.BranchAction.REPORT_DIVERGENCE;
import static dev.converge.commitment.protocol.BranchAction.ROLL_BACK;
import static dev.converge.commitment.protocol.BranchEvent.ABORT;
import static dev.converge.commitment.protocol.BranchEvent.COMMIT;
import static dev.converge.commitment.protocol.BranchEvent.DECISION_UNREACHABLE;
import static dev.converge.commitment.protocol.BranchEvent.IN_DOUBT;
import static dev.converge.commitment.protocol.BranchEvent.PEERS_UNDECIDED;
import static dev.converge.commitment.protocol.BranchEvent.PEER_PRECOMMITTED;
import static dev.converge.commitment.protocol.BranchEvent.PRECOMMIT;
import static dev.converge.commitment.protocol.BranchEvent.PREPARE;
import static dev.converge.commitment.protocol.BranchState.ABORTED;
import static dev.converge.commitment.protocol.BranchState.COMMITTED;
import static dev.converge.commitment.protocol.BranchState.PRECOMMITTED;
import static dev.converge.commitment.protocol.BranchState.PREPARED;
import static dev.converge.commitment.protocol.BranchState.UNKNOWN;
import static dev.converge.commitment.protocol.CoordinatorAction.ANSWER_ABORTED;
import static dev.converge.commitment.protocol.CoordinatorAction.ANSWER_COMMITTED;
import static dev.converge.commitment.protocol.CoordinatorAction.SEND_ABORT;
import static dev.converge.commitment.protocol.CoordinatorAction.SEND_COMMIT;
import static dev.converge.commitment.protocol.CoordinatorAction.SEND_PRECOMMIT;
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
import static dev.converge.commitment.protocol.CoordinatorPhase.DONE;
import static dev.converge.commitment.protocol.CoordinatorPhase.NEW;
import static dev.converge.commitment.protocol.CoordinatorPhase.PRECOMMITTING;
import static dev.converge.commitment.protocol.CoordinatorPhase.VOTING;

/**
 * Three-phase commit (D. Skeen, "Nonblocking commit protocols", 1981). It never blocks: a branch
 * that hears nothing decides by a timeout, abort where it is prepared, commit where it is
 * precommitted. It assumes that the network never splits and that a silent node has crashed. In a
 * partition two branches decide differently, and no step of the protocol repairs it. If peers are
 * asked first, the same happens where the one that knows more has crashed.
 */
public final class ThreePhaseCommit {
  private ThreePhaseCommit() {}

  /** The coordinator's rule if an acknowledgement of its precommit is missing. */
  public enum MissingAcknowledgement {
    /** The participant has crashed and commits when it is back: Skeen's rule. */
    COMMITS,
    /** The rule of some textbooks. */
    ABORTS
  }

  /** The protocol with timeouts, and no exchange between the participants. */
  public static Protocol withTimeouts(MissingAcknowledgement missing) {
    return new Protocol("three-phase commit", coordinator(missing), participantByTimeout());
  }

  /** The protocol in which a participant in doubt asks its peers before it decides. */
  public static Protocol withTermination(MissingAcknowledgement missing) {
    return new Protocol(
        "three-phase commit with termination", coordinator(missing), participantByPeers());
  }

  private static TransitionTable<CoordinatorPhase, CoordinatorEvent, CoordinatorAction> coordinator(
      MissingAcknowledgement missing) {
    TransitionTable.Builder<CoordinatorPhase, CoordinatorEvent, CoordinatorAction> precommitting =
        TransitionTable.<CoordinatorPhase, CoordinatorEvent, CoordinatorAction>startingIn(
                NEW, CoordinatorEvent.class)
            .without(COMMIT_REGISTERED, ABORT_REGISTERED, DECISION_UNCONFIRMED)
            .in(NEW)
            .on(BEGIN, VOTING, SEND_PREPARE)
            .ignoresTheRest()
            .in(VOTING)
            .on(ALL_VOTED_YES, PRECOMMITTING, SEND_PRECOMMIT)
            .on(VOTED_NO, ABORTING, ANSWER_ABORTED, SEND_ABORT)
            .on(VOTES_OVERDUE, ABORTING, ANSWER_ABORTED, SEND_ABORT)
            .ignoresTheRest()
            .in(PRECOMMITTING)
            .on(ALL_PRECOMMITTED, COMMITTING, ANSWER_COMMITTED, SEND_COMMIT)
            .on(PRECOMMIT_REFUSED, ABORTING, ANSWER_ABORTED, SEND_ABORT);
    TransitionTable.Builder<CoordinatorPhase, CoordinatorEvent, CoordinatorAction> decided =
        switch (missing) {
          case COMMITS ->
              precommitting.on(PRECOMMITS_OVERDUE, COMMITTING, ANSWER_COMMITTED, SEND_COMMIT);
          case ABORTS -> precommitting.on(PRECOMMITS_OVERDUE, ABORTING, ANSWER_ABORTED, SEND_ABORT);
        };
    return decided
        .ignoresTheRest()
        .in(COMMITTING)
        .on(ALL_APPLIED, DONE)
        .stays(DECISION_OVERDUE, SEND_COMMIT)
        .ignoresTheRest()
        .in(ABORTING)
        .on(ALL_APPLIED, DONE)
        .stays(DECISION_OVERDUE, SEND_ABORT)
        .ignoresTheRest()
        .in(DONE)
        .ignoresTheRest()
        .build();
  }

  private static TransitionTable<BranchState, BranchEvent, BranchAction> participantByTimeout() {
    return decided(
        unknown()
            .without(DECISION_UNREACHABLE, PEER_PRECOMMITTED, PEERS_UNDECIDED)
            .in(PREPARED)
            .on(PRECOMMIT, PRECOMMITTED, RECORD_PRECOMMIT)
            .on(COMMIT, COMMITTED, COMMIT_WORK)
            .on(ABORT, ABORTED, ROLL_BACK)
            .on(IN_DOUBT, ABORTED, ROLL_BACK)
            .ignoresTheRest()
            .in(PRECOMMITTED)
            .on(COMMIT, COMMITTED, COMMIT_WORK)
            .on(ABORT, ABORTED, ROLL_BACK)
            .on(IN_DOUBT, COMMITTED, COMMIT_WORK)
            .ignoresTheRest());
  }

  private static TransitionTable<BranchState, BranchEvent, BranchAction> participantByPeers() {
    return decided(
        unknown()
            .without(DECISION_UNREACHABLE)
            .in(PREPARED)
            .on(PRECOMMIT, PRECOMMITTED, RECORD_PRECOMMIT)
            .on(COMMIT, COMMITTED, COMMIT_WORK)
            .on(ABORT, ABORTED, ROLL_BACK)
            .stays(IN_DOUBT, ASK_PEERS)
            .on(PEER_PRECOMMITTED, PRECOMMITTED, RECORD_PRECOMMIT)
            // Every peer that answers voted, and none is precommitted. One that has crashed may
            // have
            // committed: to wait for it would be to block.
            .on(PEERS_UNDECIDED, ABORTED, ROLL_BACK)
            .ignoresTheRest()
            .in(PRECOMMITTED)
            .on(COMMIT, COMMITTED, COMMIT_WORK)
            .on(ABORT, ABORTED, ROLL_BACK)
            .stays(IN_DOUBT, ASK_PEERS)
            .on(PEER_PRECOMMITTED, COMMITTED, COMMIT_WORK)
            .on(PEERS_UNDECIDED, COMMITTED, COMMIT_WORK)
            .ignoresTheRest());
  }

  private static TransitionTable.Builder<BranchState, BranchEvent, BranchAction> unknown() {
    return TransitionTable.<BranchState, BranchEvent, BranchAction>startingIn(
            UNKNOWN, BranchEvent.class)
        .in(UNKNOWN)
        .on(PREPARE, PREPARED, PREPARE_WORK)
        .on(ABORT, ABORTED, RECORD_ABORT)
        .stays(COMMIT, REPORT_DIVERGENCE);
  }

  private static TransitionTable<BranchState, BranchEvent, BranchAction> decided(
      TransitionTable.Builder<BranchState, BranchEvent, BranchAction> undecided) {
    return undecided
        .in(UNKNOWN)
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
