package dev.converge.lab.schedules;

import static dev.converge.lab.schedules.Move.Kind.FAULT;
import static dev.converge.lab.schedules.Move.Kind.PROGRESS;
import static dev.converge.lab.schedules.Move.Kind.TIMEOUT;
import static dev.converge.lab.schedules.Setting.CLIENT;
import static dev.converge.lab.schedules.Setting.COORDINATOR;
import static dev.converge.lab.schedules.Setting.REGISTER;

import dev.converge.commitment.Decision;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.Coordination;
import dev.converge.commitment.protocol.CoordinatorAction;
import dev.converge.commitment.protocol.CoordinatorEvent;
import dev.converge.commitment.protocol.CoordinatorPhase;
import dev.converge.lab.schedules.SimulatedProtocol.RegisterPlace;
import dev.converge.lab.schedules.Traffic.Answer;
import dev.converge.lab.schedules.Traffic.Request;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** The next steps of the coordinator of a transaction, and its register. */
final class CoordinatorSide {
  private final Setting setting;

  CoordinatorSide(Setting setting) {
    this.setting = setting;
  }

  World begin(Story story) {
    World before = World.before(setting.simulated().protocol(), setting.participants());
    story.sent(CLIENT, COORDINATOR, "order");
    story.arrived(CLIENT, COORDINATOR, "order");
    return on(before, CoordinatorEvent.BEGIN, story);
  }

  void addMoves(World world, List<Move<World>> all) {
    for (Answer answer : world.traffic().answers()) {
      all.add(
          new Move<>(
              PROGRESS,
              List.of(name(answer.participant()), COORDINATOR),
              story -> hear(world, answer, story)));
    }
    addRegister(world, all);
    addTimeouts(world, all);
    if (world.coordination().phase() != CoordinatorPhase.NEW) {
      addCrashes(world, all);
    }
    if (!isTimely() && world.register().isOpenCommit()) {
      all.add(
          new Move<>(
              TIMEOUT, List.of(COORDINATOR), story -> send(world, BranchEvent.COMMIT, story)));
    }
  }

  // ---- answers

  private World hear(World world, Answer answer, Story story) {
    String participant = name(answer.participant());
    story.arrived(participant, COORDINATOR, ParticipantSide.vote(answer.state(), setting));
    World heard = isTimely() ? world.with(world.traffic().withoutAnswers(answer::equals)) : world;
    if (setting.has(Mutation.DECISION_AFTER_THE_FIRST_COMMIT)
        && answer.asked() == CoordinatorPhase.DECIDING) {
      return answer.state() == BranchState.COMMITTED
          ? propose(heard, Decision.COMMIT, story)
          : heard;
    }
    return apply(
        heard, world.coordination().answered(answer.asked(), participant, answer.state()), story);
  }

  // ---- register

  private void addRegister(World world, List<Move<World>> all) {
    String node = setting.simulated().registerNode();
    for (Decision proposal : world.traffic().proposals()) {
      if (isTimely() || world.register().decision() == null) {
        all.add(new Move<>(PROGRESS, List.of(node), story -> take(world, proposal, story)));
      }
    }
    if (setting.has(Mutation.ABORT_DELETED_TOO_EARLY)
        && world.register().decision() == Decision.ABORT) {
      all.add(new Move<>(FAULT, List.of(node), story -> deleted(world, node, story)));
    }
    Decision decision = world.register().decision();
    if (decision != null && asks(world, decision)) {
      all.add(
          new Move<>(PROGRESS, List.of(COORDINATOR, node), story -> learn(world, decision, story)));
    }
    if (world.coordination().phase() == CoordinatorPhase.DECIDING
        && (!isTimely() || (world.traffic().isEmpty() && decision == null))) {
      all.add(
          new Move<>(
              TIMEOUT,
              List.of(COORDINATOR),
              story -> {
                story.note(COORDINATOR, "timeout: the decision is not confirmed");
                return on(world, CoordinatorEvent.DECISION_UNCONFIRMED, story);
              }));
    }
  }

  private static World deleted(World world, String node, Story story) {
    story.note(node, "deletes its decision");
    return world.with(Register.EMPTY);
  }

  // A coordinator that still waits for votes may learn that a participant in doubt was faster.
  private static boolean asks(World world, Decision decision) {
    return switch (world.coordination().phase()) {
      case DECIDING -> true;
      case VOTING -> decision == Decision.ABORT;
      case NEW, PRECOMMITTING, COMMITTING, ABORTING, DONE -> false;
    };
  }

  private World take(World world, Decision proposal, Story story) {
    World next = world.with(world.register().proposed(proposal));
    String decision = "decision: " + next.register().decision();
    if (isQuorum()) {
      story.arrived(COORDINATOR, REGISTER, "propose " + proposal);
      story.note(REGISTER, decision);
    } else {
      story.note(COORDINATOR, "proposes " + proposal + " to its register; " + decision);
    }
    return isTimely() ? next.with(next.traffic().withoutProposals(proposal::equals)) : next;
  }

  private World learn(World world, Decision decision, Story story) {
    if (isQuorum()) {
      story.sent(REGISTER, COORDINATOR, "decision: " + decision);
      story.arrived(REGISTER, COORDINATOR, "decision: " + decision);
    }
    return on(
        world,
        decision == Decision.COMMIT
            ? CoordinatorEvent.COMMIT_REGISTERED
            : CoordinatorEvent.ABORT_REGISTERED,
        story);
  }

  private World propose(World world, Decision proposal, Story story) {
    if (isQuorum()) {
      story.sent(COORDINATOR, REGISTER, "propose " + proposal);
    }
    return world.with(world.traffic().with(proposal));
  }

  private boolean isQuorum() {
    return setting.simulated().register() == RegisterPlace.QUORUM;
  }

  // ---- timeouts

  private void addTimeouts(World world, List<Move<World>> all) {
    CoordinatorEvent event =
        switch (world.coordination().phase()) {
          case VOTING -> CoordinatorEvent.VOTES_OVERDUE;
          case PRECOMMITTING -> CoordinatorEvent.PRECOMMITS_OVERDUE;
          case COMMITTING, ABORTING -> CoordinatorEvent.DECISION_OVERDUE;
          case NEW, DECIDING, DONE -> null;
        };
    if (event != null && mayTimeOut(world)) {
      all.add(
          new Move<>(
              TIMEOUT,
              List.of(COORDINATOR),
              story -> {
                story.note(COORDINATOR, "timeout: " + words(event));
                return on(world, event, story);
              }));
    }
  }

  /** Whether no message that is on its way could still arrive before a timeout. */
  private boolean mayTimeOut(World world) {
    return !isTimely() || world.traffic().isEmpty();
  }

  // ---- crashes

  private void addCrashes(World world, List<Move<World>> all) {
    if (!setting.network().hasCrashes()) {
      return;
    }
    addCrash(world, request -> false, false, "", all);
    Traffic traffic = world.traffic();
    if (isTimely() && !(traffic.requests().isEmpty() && traffic.proposals().isEmpty())) {
      addCrash(world, request -> true, true, " before it sends", all);
      for (int i = 0; i < setting.participants().size(); i++) {
        int participant = i;
        if (traffic.requests().stream().anyMatch(to -> to.participant() == participant)) {
          addCrash(
              world,
              request -> request.participant() == participant,
              false,
              " before it sends to " + name(participant),
              all);
        }
      }
    }
  }

  private void addCrash(
      World world,
      Predicate<Request> unsent,
      boolean unproposed,
      String moment,
      List<Move<World>> all) {
    all.add(
        new Move<>(
            FAULT,
            List.of(COORDINATOR),
            story -> {
              story.note(COORDINATOR, "crash" + moment + "; restart");
              Traffic left =
                  world.traffic().withoutRequests(unsent).withoutProposals(proposal -> unproposed);
              return restarted(world.with(left), story);
            }));
  }

  World crashed(World world, Story story) {
    story.note(COORDINATOR, "crash; restarts later");
    return restarted(world, story);
  }

  private World restarted(World world, Story story) {
    World forgotten =
        world.with(
            Coordination.of(setting.simulated().protocol(), Set.copyOf(setting.participants())));
    if (!world.register().isOpenCommit()) {
      return forgotten;
    }
    story.note(COORDINATOR, "reads the register; decision: COMMIT");
    return on(forgotten, CoordinatorEvent.COMMIT_REGISTERED, story);
  }

  // ---- the rules

  private World on(World world, CoordinatorEvent event, Story story) {
    return apply(world, world.coordination().on(event), story);
  }

  private World apply(World world, Coordination.Step step, Story story) {
    World next = world.with(step.next());
    for (CoordinatorAction action : step.actions()) {
      next = act(next, action, story);
    }
    return next;
  }

  private World act(World world, CoordinatorAction action, Story story) {
    return switch (action) {
      case SEND_PREPARE -> send(world, BranchEvent.PREPARE, story);
      case SEND_PRECOMMIT -> send(world, BranchEvent.PRECOMMIT, story);
      case SEND_COMMIT -> send(world, BranchEvent.COMMIT, story);
      case SEND_ABORT -> send(world, BranchEvent.ABORT, story);
      case PROPOSE_COMMIT ->
          setting.has(Mutation.DECISION_AFTER_THE_FIRST_COMMIT)
              ? send(world, BranchEvent.COMMIT, story)
              : propose(world, Decision.COMMIT, story);
      case PROPOSE_ABORT -> propose(world, Decision.ABORT, story);
      case ANSWER_COMMITTED -> answer(world, Decision.COMMIT, "COMPLETED", story);
      case ANSWER_ABORTED -> answer(world, Decision.ABORT, "REJECTED", story);
      case RECORD_DONE -> world.with(world.register().applied());
    };
  }

  private World send(World world, BranchEvent event, Story story) {
    Traffic traffic = world.traffic();
    for (int i = 0; i < setting.participants().size(); i++) {
      story.sent(COORDINATOR, name(i), setting.name(event));
      if (!world.isSilent(i)) {
        traffic = traffic.with(new Request(i, event));
      }
    }
    return world.with(traffic);
  }

  private static World answer(World world, Decision decision, String status, Story story) {
    story.sent(COORDINATOR, CLIENT, status);
    story.arrived(COORDINATOR, CLIENT, status);
    return world.answered(decision);
  }

  private boolean isTimely() {
    return setting.network().isTimely();
  }

  private String name(int participant) {
    return setting.participants().get(participant);
  }

  private static String words(CoordinatorEvent event) {
    return switch (event) {
      case VOTES_OVERDUE -> "a vote is missing";
      case PRECOMMITS_OVERDUE -> "an acknowledgement of the precommit is missing";
      case DECISION_OVERDUE -> "an acknowledgement of the decision is missing";
      default -> throw new IllegalArgumentException("no timeout: " + event);
    };
  }
}
