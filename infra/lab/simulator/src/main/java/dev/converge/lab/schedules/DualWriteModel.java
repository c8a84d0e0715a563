package dev.converge.lab.schedules;

import static dev.converge.lab.schedules.Move.Kind.FAULT;
import static dev.converge.lab.schedules.Move.Kind.PROGRESS;
import static dev.converge.lab.schedules.Setting.CLIENT;
import static dev.converge.lab.schedules.Setting.COORDINATOR;

import dev.converge.commitment.protocol.DualWrite;
import dev.converge.commitment.protocol.DualWrite.Action;
import dev.converge.commitment.protocol.DualWrite.Event;
import dev.converge.commitment.protocol.DualWrite.Phase;
import dev.converge.commitment.protocol.TransitionTable;
import dev.converge.commitment.protocol.TransitionTable.Transition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The control: a row and two calls, one after the other, each committed on its own. */
final class DualWriteModel implements Model<DualWriteWorld> {
  private static final List<String> PARTICIPANTS = List.of("inventory", "payment");

  private final TransitionTable<Phase, Event, Action> rules;

  private DualWriteModel(TransitionTable<Phase, Event, Action> rules) {
    this.rules = rules;
  }

  static DualWriteModel databaseFirst() {
    return new DualWriteModel(DualWrite.databaseFirst());
  }

  static DualWriteModel callFirst() {
    return new DualWriteModel(DualWrite.callFirst());
  }

  @Override
  public DualWriteWorld begin(Story story) {
    story.sent(CLIENT, COORDINATOR, "order");
    story.arrived(CLIENT, COORDINATOR, "order");
    List<Boolean> none = PARTICIPANTS.stream().map(participant -> false).toList();
    return on(
        new DualWriteWorld(rules.initial(), false, none, 0, false, false), Event.BEGIN, story);
  }

  @Override
  public List<Move<DualWriteWorld>> moves(DualWriteWorld world) {
    List<Move<DualWriteWorld>> all = new ArrayList<>();
    if (world.hasEnded()) {
      return all;
    }
    if (world.phase() == Phase.WRITING) {
      all.add(new Move<>(PROGRESS, List.of(COORDINATOR), story -> written(world, story)));
      all.add(new Move<>(FAULT, List.of(COORDINATOR), story -> notWritten(world, story)));
    } else if (world.phase() == Phase.CALLING) {
      addCalls(world, all);
    }
    all.add(new Move<>(FAULT, List.of(COORDINATOR), story -> crashed(world, story)));
    return all;
  }

  private void addCalls(DualWriteWorld world, List<Move<DualWriteWorld>> all) {
    List<String> nodes = List.of(COORDINATOR, PARTICIPANTS.get(world.calls() - 1));
    if (world.waiting()) {
      all.add(new Move<>(PROGRESS, nodes, story -> answered(world, story)));
      all.add(new Move<>(FAULT, nodes, story -> failed(world, "gives up: no answer", story)));
    } else {
      all.add(new Move<>(PROGRESS, nodes, story -> called(world, story)));
      all.add(new Move<>(FAULT, nodes, story -> failed(world, "gives up: the call failed", story)));
    }
  }

  private DualWriteWorld written(DualWriteWorld world, Story story) {
    story.note(COORDINATOR, "commits its own row");
    return on(
        new DualWriteWorld(
            world.phase(), true, world.applied(), world.calls(), world.waiting(), false),
        Event.WRITTEN,
        story);
  }

  private DualWriteWorld notWritten(DualWriteWorld world, Story story) {
    story.note(COORDINATOR, "cannot write its own row");
    return on(world, Event.WRITE_FAILED, story);
  }

  private DualWriteWorld called(DualWriteWorld world, Story story) {
    String participant = PARTICIPANTS.get(world.calls() - 1);
    story.arrived(COORDINATOR, participant, "call");
    story.note(participant, "commits its effect");
    story.sent(participant, COORDINATOR, "done");
    List<Boolean> applied = new ArrayList<>(world.applied());
    applied.set(world.calls() - 1, true);
    return new DualWriteWorld(world.phase(), world.ownRow(), applied, world.calls(), true, false);
  }

  private DualWriteWorld answered(DualWriteWorld world, Story story) {
    story.arrived(PARTICIPANTS.get(world.calls() - 1), COORDINATOR, "done");
    return world.calls() < PARTICIPANTS.size()
        ? call(world, world.calls(), story)
        : on(world, Event.ALL_CALLED, story);
  }

  private DualWriteWorld failed(DualWriteWorld world, String text, Story story) {
    story.note(COORDINATOR, text);
    return on(world, Event.CALL_FAILED, story);
  }

  private static DualWriteWorld crashed(DualWriteWorld world, Story story) {
    story.note(COORDINATOR, "crash");
    return new DualWriteWorld(
        world.phase(), world.ownRow(), world.applied(), world.calls(), false, true);
  }

  private DualWriteWorld on(DualWriteWorld world, Event event, Story story) {
    Transition<Phase, Action> rule = rules.next(world.phase(), event);
    DualWriteWorld next =
        new DualWriteWorld(
            rule.next(), world.ownRow(), world.applied(), world.calls(), false, false);
    for (Action action : rule.actions()) {
      next = act(next, action, story);
    }
    return next;
  }

  private DualWriteWorld act(DualWriteWorld world, Action action, Story story) {
    return switch (action) {
      case WRITE_OWN_ROW -> world;
      case CALL_PARTICIPANTS -> call(world, 0, story);
      case ANSWER_DONE -> answer(world, "COMPLETED", story);
      case ANSWER_FAILED -> answer(world, "503", story);
    };
  }

  private static DualWriteWorld call(DualWriteWorld world, int participant, Story story) {
    story.sent(COORDINATOR, PARTICIPANTS.get(participant), "call");
    return new DualWriteWorld(
        world.phase(), world.ownRow(), world.applied(), participant + 1, false, false);
  }

  private static DualWriteWorld answer(DualWriteWorld world, String status, Story story) {
    story.sent(COORDINATOR, CLIENT, status);
    story.arrived(COORDINATOR, CLIENT, status);
    return world;
  }

  @Override
  public Optional<Violation> violation(DualWriteWorld world) {
    return world.hasEnded() && world.isDivergent()
        ? Optional.of(Violation.PARTIAL_EFFECT)
        : Optional.empty();
  }
}
