package dev.converge.lab.schedules;

import dev.converge.commitment.Decision;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.Coordination;
import dev.converge.commitment.protocol.Protocol;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The state that the schedule of one transaction has led to. Immutable.
 *
 * @param coordination what the coordinator has in memory
 * @param branches one for each participant, in its order
 * @param answered what the client was answered
 * @param cut who is cut off
 */
record World(
    Coordination coordination,
    Register register,
    List<Branch> branches,
    Traffic traffic,
    Set<Decision> answered,
    Cut cut) {

  World {
    branches = List.copyOf(branches);
    answered = Set.copyOf(answered);
  }

  /**
   * The partition of a schedule.
   *
   * @param participant who is cut off; -1 for none
   * @param possible whether one can still occur
   */
  record Cut(int participant, boolean possible) {
    static final Cut NONE = new Cut(-1, true);
    static final Cut HEALED = new Cut(-1, false);

    boolean isolates(int other) {
      return participant == other;
    }

    boolean isPresent() {
      return participant >= 0;
    }
  }

  /** Before the client's request. */
  static World before(Protocol protocol, List<String> participants) {
    return new World(
        Coordination.of(protocol, Set.copyOf(participants)),
        Register.EMPTY,
        participants.stream().map(participant -> Branch.UNKNOWN).toList(),
        Traffic.NONE,
        Set.of(),
        Cut.NONE);
  }

  World with(Coordination next) {
    // Answers to an earlier phase are ignored.
    Traffic current = traffic.withoutAnswers(answer -> answer.asked() != next.phase());
    return new World(next, register, branches, current, answered, cut);
  }

  World with(Register next) {
    return new World(coordination, next, branches, traffic, answered, cut);
  }

  World with(Traffic next) {
    return new World(coordination, register, branches, next, answered, cut);
  }

  World with(Cut next) {
    return new World(coordination, register, branches, traffic, answered, next);
  }

  World with(int participant, Branch branch) {
    List<Branch> changed = new ArrayList<>(branches);
    changed.set(participant, branch);
    return new World(coordination, register, changed, traffic, answered, cut);
  }

  World answered(Decision decision) {
    Set<Decision> all = new HashSet<>(answered);
    all.add(decision);
    return new World(coordination, register, branches, traffic, all, cut);
  }

  /** After every participant that was down has started. */
  World started() {
    return branches.stream().noneMatch(Branch::isDown)
        ? this
        : new World(
            coordination,
            register,
            branches.stream().map(Branch::restarted).toList(),
            traffic,
            answered,
            cut);
  }

  /** Whether no message to or from a participant arrives. */
  boolean isSilent(int participant) {
    return cut.isolates(participant) || branches.get(participant).isDown();
  }

  BranchState state(int participant) {
    return branches.get(participant).state();
  }

  boolean isInDoubt() {
    return branches.stream().anyMatch(branch -> branch.state().isInDoubt());
  }

  /** Whether some effects are there and others are not, or are only reserved. */
  boolean hasPartialEffect() {
    long spent = branches.stream().filter(branch -> branch.reservation().isSpent()).count();
    return (spent > 0 && spent < branches.size())
        || branches.stream().anyMatch(branch -> branch.reservation().isTried());
  }

  boolean has(BranchState state) {
    return branches.stream().anyMatch(branch -> branch.state() == state);
  }
}
