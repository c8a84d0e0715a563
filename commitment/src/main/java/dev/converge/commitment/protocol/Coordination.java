package dev.converge.commitment.protocol;

import static dev.converge.commitment.protocol.CoordinatorEvent.ALL_APPLIED;
import static dev.converge.commitment.protocol.CoordinatorEvent.ALL_PRECOMMITTED;
import static dev.converge.commitment.protocol.CoordinatorEvent.ALL_VOTED_YES;
import static dev.converge.commitment.protocol.CoordinatorEvent.PRECOMMIT_REFUSED;
import static dev.converge.commitment.protocol.CoordinatorEvent.VOTED_NO;

import dev.converge.commitment.protocol.TransitionTable.Transition;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One transaction at its coordinator: counts the answers of the participants and applies the
 * protocol's rules. Immutable and pure.
 *
 * @param answered the participants that have answered what the current phase asks
 */
public record Coordination(
    Protocol protocol, CoordinatorPhase phase, Set<String> participants, Set<String> answered) {

  public Coordination {
    participants = Set.copyOf(participants);
    answered = Set.copyOf(answered);
    if (participants.isEmpty()) {
      throw new IllegalArgumentException("a transaction has participants");
    }
  }

  /** The coordination after an event, and what to do, in this order. */
  public record Step(Coordination next, List<CoordinatorAction> actions) {
    public Step {
      actions = List.copyOf(actions);
    }
  }

  /** A transaction of which nothing is sent. */
  public static Coordination of(Protocol protocol, Set<String> participants) {
    return new Coordination(protocol, protocol.coordinator().initial(), participants, Set.of());
  }

  /** Applies an event. */
  public Step on(CoordinatorEvent event) {
    Transition<CoordinatorPhase, CoordinatorAction> rule =
        protocol.coordinator().next(phase, event);
    Set<String> kept = rule.next() == phase ? answered : Set.of();
    return new Step(new Coordination(protocol, rule.next(), participants, kept), rule.actions());
  }

  /**
   * Applies a participant's answer: the state of its branch after a request.
   *
   * @param asked the phase in which the request was sent; an answer that arrives later is ignored
   */
  public Step answered(CoordinatorPhase asked, String participant, BranchState state) {
    if (asked != phase || !participants.contains(participant)) {
      return unchanged();
    }
    return switch (phase) {
      case VOTING -> state == BranchState.PREPARED ? count(participant, ALL_VOTED_YES) : votedNo();
      case PRECOMMITTING ->
          state == BranchState.PRECOMMITTED || state == BranchState.COMMITTED
              ? count(participant, ALL_PRECOMMITTED)
              : on(PRECOMMIT_REFUSED);
      // Also where the participant decided differently: it reports that itself.
      case COMMITTING, ABORTING -> state.isFinal() ? count(participant, ALL_APPLIED) : unchanged();
      case NEW, DECIDING, DONE -> unchanged();
    };
  }

  private Step votedNo() {
    return on(VOTED_NO);
  }

  private Step count(String participant, CoordinatorEvent whenAll) {
    Set<String> now = new HashSet<>(answered);
    now.add(participant);
    Coordination counted = new Coordination(protocol, phase, participants, now);
    return now.equals(participants) ? counted.on(whenAll) : new Step(counted, List.of());
  }

  private Step unchanged() {
    return new Step(this, List.of());
  }
}
