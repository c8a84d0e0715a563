package dev.converge.commitment.protocol;

import static dev.converge.commitment.protocol.CoordinatorAction.ANSWER_ABORTED;
import static dev.converge.commitment.protocol.CoordinatorAction.ANSWER_COMMITTED;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that a schedule of one transaction has led to. Immutable.
 *
 * @param commitStands the register's decision; null while there is none
 * @param branches the state of each participant's branch
 * @param requests those that were sent; each can be delivered at any time, any number of times
 * @param answers to requests of the current phase; later phases ignore those of earlier ones
 * @param told what the client was answered
 */
record World(
    Coordination coordination,
    @Nullable Boolean commitStands,
    List<BranchState> branches,
    Set<BranchEvent> requests,
    Set<Answer> answers,
    Set<CoordinatorAction> told) {

  static final List<String> PARTICIPANTS = List.of("inventory", "payment");

  /** A participant's answer to a request. */
  record Answer(int participant, BranchState state) {}

  static World before(Protocol protocol) {
    BranchState initial = protocol.participant().initial();
    return new World(
        Coordination.of(protocol, Set.copyOf(PARTICIPANTS)),
        null,
        List.of(initial, initial),
        Set.of(),
        Set.of(),
        Set.of());
  }

  boolean isDivergent() {
    return branches.contains(BranchState.COMMITTED) && branches.contains(BranchState.ABORTED);
  }

  /** Whether the client was answered differently from what a branch did. */
  boolean isAnsweredWrongly() {
    return (told.contains(ANSWER_COMMITTED) && branches.contains(BranchState.ABORTED))
        || (told.contains(ANSWER_ABORTED) && branches.contains(BranchState.COMMITTED));
  }

  boolean isDecided() {
    return branches.stream().allMatch(BranchState::isFinal);
  }

  World with(Coordination next) {
    Set<Answer> current = next.phase() == coordination.phase() ? answers : Set.of();
    return new World(next, commitStands, branches, requests, current, told);
  }

  World decided(boolean commit) {
    boolean stands = commitStands == null ? commit : commitStands;
    return new World(coordination, stands, branches, requests, answers, told);
  }

  World sent(BranchEvent request) {
    Set<BranchEvent> all = EnumSet.of(request);
    all.addAll(requests);
    return new World(coordination, commitStands, branches, all, answers, told);
  }

  World answered(int participant, BranchState state) {
    Set<Answer> all = new HashSet<>(answers);
    all.add(new Answer(participant, state));
    return new World(coordination, commitStands, branches, requests, all, told);
  }

  World branch(int participant, BranchState state) {
    List<BranchState> changed =
        participant == 0 ? List.of(state, branches.get(1)) : List.of(branches.get(0), state);
    return new World(coordination, commitStands, changed, requests, answers, told);
  }

  World told(CoordinatorAction answer) {
    Set<CoordinatorAction> all = EnumSet.of(answer);
    all.addAll(told);
    return new World(coordination, commitStands, branches, requests, answers, all);
  }
}
