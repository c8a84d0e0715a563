package dev.converge.lab.schedules;

import static dev.converge.lab.schedules.Move.Kind.FAULT;

import dev.converge.commitment.Decision;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.lab.schedules.World.Cut;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** One transaction of a protocol: its coordinator, its participants, and the network. */
final class Commitment implements Model<World> {
  private final Setting setting;
  private final CoordinatorSide coordinator;
  private final ParticipantSide participants;

  Commitment(Setting setting) {
    this.setting = setting;
    this.coordinator = new CoordinatorSide(setting);
    this.participants = new ParticipantSide(setting);
  }

  @Override
  public World begin(Story story) {
    return coordinator.begin(story);
  }

  @Override
  public List<Move<World>> moves(World world) {
    List<Move<World>> all = new ArrayList<>();
    participants.addMoves(world, all);
    coordinator.addMoves(world, all);
    if (setting.network() == Network.PARTITION) {
      addPartitions(world, all);
    }
    if (!setting.down().isEmpty()) {
      all.removeIf(move -> move.nodes().stream().anyMatch(setting::isDown));
    }
    return all;
  }

  /** A node crashes and loses what it did not record. */
  World crashed(World world, String node, Story story) {
    if (node.equals(Setting.COORDINATOR)) {
      return coordinator.crashed(world, story);
    }
    return participants.crashed(world, setting.participants().indexOf(node), story);
  }

  private void addPartitions(World world, List<Move<World>> all) {
    if (world.cut().isPresent()) {
      all.add(new Move<>(FAULT, List.of(), story -> healed(world, story)));
    } else if (world.cut().possible()) {
      for (int i = 0; i < setting.participants().size(); i++) {
        int participant = i;
        all.add(new Move<>(FAULT, List.of(), story -> cut(world, participant, story)));
      }
    }
  }

  private World cut(World world, int participant, Story story) {
    story.note(setting.participants().get(participant), "cut off from all others");
    Traffic arrived =
        world
            .traffic()
            .withoutRequests(request -> request.participant() == participant)
            .withoutAnswers(answer -> answer.participant() == participant);
    return world.with(new Cut(participant, false)).with(arrived);
  }

  private World healed(World world, Story story) {
    story.note(setting.participants().get(world.cut().participant()), "connected again");
    return world.with(Cut.HEALED);
  }

  @Override
  public Optional<Violation> violation(World world) {
    Optional<Violation> ofEffects =
        setting.simulated().reserves() ? violationOfEffects(world) : Optional.empty();
    if (ofEffects.isPresent()) {
      return ofEffects;
    }
    if (hasEnded(world, BranchState.COMMITTED) && hasEnded(world, BranchState.ABORTED)) {
      return Optional.of(Violation.DIFFERENT_ENDS);
    }
    if (isAnsweredOtherwise(world)) {
      return Optional.of(Violation.OTHER_THAN_ANSWERED);
    }
    if (world.has(BranchState.COMMITTED)
        && !world.branches().stream().allMatch(Branch::hasVotedYes)) {
      return Optional.of(Violation.COMMITTED_WITHOUT_A_VOTE);
    }
    return world.branches().stream().anyMatch(Branch::hasLeftItsEnd)
        ? Optional.of(Violation.END_NOT_FINAL)
        : Optional.empty();
  }

  // By stock and money alone, independent of the states of the branches.
  private static Optional<Violation> violationOfEffects(World world) {
    List<Reservation> reservations = world.branches().stream().map(Branch::reservation).toList();
    if (reservations.stream().anyMatch(Reservation::isSpent)
        && reservations.stream().anyMatch(Reservation::isReturned)) {
      return Optional.of(Violation.DIFFERENT_ENDS);
    }
    if (!reservations.stream().allMatch(Reservation::isExact)) {
      return Optional.of(Violation.SPENT_UNRESERVED);
    }
    return world.branches().stream().anyMatch(Branch::hasReservedAfterItsCancel)
        ? Optional.of(Violation.RESERVED_AFTER_CANCEL)
        : Optional.empty();
  }

  private static boolean isAnsweredOtherwise(World world) {
    return (world.answered().contains(Decision.COMMIT) && hasEnded(world, BranchState.ABORTED))
        || (world.answered().contains(Decision.ABORT) && hasEnded(world, BranchState.COMMITTED))
        || world.answered().size() > 1;
  }

  private static boolean hasEnded(World world, BranchState end) {
    return world.branches().stream().anyMatch(branch -> Objects.equals(branch.ended(), end));
  }
}
