package dev.converge.commitment.protocol;

import static dev.converge.commitment.protocol.World.PARTICIPANTS;

import dev.converge.commitment.protocol.TransitionTable.Transition;
import dev.converge.commitment.protocol.World.Answer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Every schedule of one transaction with two participants, breadth first. The network may delay,
 * lose, repeat and reorder: a request that was sent can be delivered at any time, any number of
 * times, or never. Timeouts fire at any time. The coordinator crashes and loses what it did not
 * record.
 */
final class Schedules {
  private static final int MAX_WORLDS = 500_000;

  private record Next(String step, World world) {}

  private record Origin(@Nullable World world, String step) {}

  private final Protocol protocol;
  private final boolean registerReachable;
  private final Map<World, Origin> origins = new LinkedHashMap<>();
  private final Map<World, List<World>> predecessors = new HashMap<>();

  private Schedules(Protocol protocol, boolean registerReachable) {
    this.protocol = protocol;
    this.registerReachable = registerReachable;
  }

  static Schedules of(Protocol protocol) {
    return new Schedules(protocol, true).explored();
  }

  /** The participants never reach the register. */
  static Schedules withoutRegister(Protocol protocol) {
    return new Schedules(protocol, false).explored();
  }

  int worlds() {
    return origins.size();
  }

  /** The shortest schedule to a world of this kind. */
  Optional<List<String>> shortest(Predicate<World> wanted) {
    return origins.keySet().stream().filter(wanted).findFirst().map(this::path);
  }

  private List<String> path(World end) {
    List<String> steps = new ArrayList<>();
    Origin origin = origins.get(end);
    while (origin != null && origin.world() != null) {
      steps.add(0, origin.step());
      origin = origins.get(origin.world());
    }
    return steps;
  }

  /** The worlds from which no schedule leads to a decision of every branch. */
  List<World> blocked() {
    Set<World> decidable = new HashSet<>();
    Deque<World> open = new ArrayDeque<>();
    origins.keySet().stream().filter(World::isDecided).forEach(open::add);
    while (!open.isEmpty()) {
      World world = open.remove();
      if (decidable.add(world)) {
        open.addAll(predecessors.getOrDefault(world, List.of()));
      }
    }
    return origins.keySet().stream().filter(world -> !decidable.contains(world)).toList();
  }

  private Schedules explored() {
    World before = World.before(protocol);
    World first = coordinate(before, before.coordination().on(CoordinatorEvent.BEGIN));
    origins.put(first, new Origin(null, ""));
    Deque<World> open = new ArrayDeque<>(List.of(first));
    while (!open.isEmpty()) {
      World world = open.remove();
      for (Next next : next(world)) {
        predecessors.computeIfAbsent(next.world(), w -> new ArrayList<>()).add(world);
        if (origins.putIfAbsent(next.world(), new Origin(world, next.step())) == null) {
          open.add(next.world());
        }
      }
      if (origins.size() > MAX_WORLDS) {
        throw new IllegalStateException("more than " + MAX_WORLDS + " worlds");
      }
    }
    return this;
  }

  private List<Next> next(World world) {
    List<Next> all = new ArrayList<>();
    for (int participant = 0; participant < PARTICIPANTS.size(); participant++) {
      for (BranchEvent request : world.requests()) {
        all.addAll(deliver(world, participant, request));
      }
      all.addAll(inDoubt(world, participant));
    }
    for (Answer answer : world.answers()) {
      all.add(hear(world, answer));
    }
    all.addAll(overdue(world));
    all.add(restarted(world));
    return all;
  }

  private List<Next> overdue(World world) {
    CoordinatorEvent timeout =
        switch (world.coordination().phase()) {
          case VOTING -> CoordinatorEvent.VOTES_OVERDUE;
          case PRECOMMITTING -> CoordinatorEvent.PRECOMMITS_OVERDUE;
          case COMMITTING, ABORTING -> CoordinatorEvent.DECISION_OVERDUE;
          case NEW, DECIDING, DONE -> null;
        };
    return timeout == null
        ? List.of()
        : List.of(
            new Next("order: " + timeout, coordinate(world, world.coordination().on(timeout))));
  }

  // The coordinator forgets what it did not record, and reads the register.
  private Next restarted(World world) {
    Coordination fresh = Coordination.of(protocol, Set.copyOf(PARTICIPANTS));
    World forgotten = world.with(fresh);
    return new Next(
        "order: crash",
        Boolean.TRUE.equals(world.commitStands())
            ? coordinate(forgotten, fresh.on(CoordinatorEvent.COMMIT_STANDS))
            : forgotten);
  }

  private List<Next> deliver(World world, int participant, BranchEvent request) {
    String step = "order -> " + PARTICIPANTS.get(participant) + ": " + request;
    World changed = branch(world, participant, request);
    List<Next> all = new ArrayList<>();
    all.add(new Next(step, answer(changed, participant, request)));
    if (request == BranchEvent.PREPARE
        && world.branches().get(participant) == BranchState.UNKNOWN) {
      // The work is refused, for lack of stock say: the participant keeps nothing.
      all.add(new Next(step + ", refused", answer(world, participant, request)));
    }
    return all;
  }

  private static World answer(World world, int participant, BranchEvent request) {
    CoordinatorPhase asked =
        switch (request) {
          case PREPARE -> CoordinatorPhase.VOTING;
          case PRECOMMIT -> CoordinatorPhase.PRECOMMITTING;
          case COMMIT -> CoordinatorPhase.COMMITTING;
          case ABORT -> CoordinatorPhase.ABORTING;
          case IN_DOUBT, DECISION_UNREACHABLE, PEER_PRECOMMITTED, PEERS_UNDECIDED ->
              throw new IllegalArgumentException("no request: " + request);
        };
    return asked == world.coordination().phase()
        ? world.answered(participant, world.branches().get(participant))
        : world;
  }

  private Next hear(World world, Answer answer) {
    String participant = PARTICIPANTS.get(answer.participant());
    return new Next(
        participant + " -> order: " + answer.state(),
        coordinate(
            world,
            world
                .coordination()
                .answered(world.coordination().phase(), participant, answer.state())));
  }

  private List<Next> inDoubt(World world, int participant) {
    BranchState state = world.branches().get(participant);
    if (!state.isInDoubt()) {
      return List.of();
    }
    Transition<BranchState, BranchAction> rule =
        protocol.participant().next(state, BranchEvent.IN_DOUBT);
    String step = PARTICIPANTS.get(participant) + ": IN_DOUBT";
    if (rule.actions().contains(BranchAction.PROPOSE_ABORT)) {
      return registerReachable
          ? List.of(new Next(step, propose(world, participant)))
          : peers(world, participant, step + ", register unreachable");
    }
    return rule.actions().contains(BranchAction.ASK_PEERS)
        ? peers(world, participant, step)
        : List.of(new Next(step, branch(world, participant, BranchEvent.IN_DOUBT)));
  }

  private World propose(World world, int participant) {
    World decided = world.decided(false);
    return branch(
        decided,
        participant,
        Boolean.TRUE.equals(decided.commitStands()) ? BranchEvent.COMMIT : BranchEvent.ABORT);
  }

  // The peer answers, or it does not.
  private List<Next> peers(World world, int participant, String step) {
    BranchState peer = world.branches().get(1 - participant);
    return List.of(
        new Next(
            step + ", peer " + peer, branch(world, participant, PeerStates.event(List.of(peer)))),
        new Next(step + ", peer silent", branch(world, participant, PeerStates.event(List.of()))));
  }

  private World branch(World world, int participant, BranchEvent event) {
    BranchState state = world.branches().get(participant);
    return world.branch(participant, protocol.participant().next(state, event).next());
  }

  private World coordinate(World world, Coordination.Step step) {
    World next = world.with(step.next());
    for (CoordinatorAction action : step.actions()) {
      next = act(next, action);
    }
    return next;
  }

  private World act(World world, CoordinatorAction action) {
    return switch (action) {
      case SEND_PREPARE -> world.sent(BranchEvent.PREPARE);
      case SEND_PRECOMMIT -> world.sent(BranchEvent.PRECOMMIT);
      case SEND_COMMIT -> world.sent(BranchEvent.COMMIT);
      case SEND_ABORT -> world.sent(BranchEvent.ABORT);
      case PROPOSE_COMMIT -> decide(world.decided(true));
      case PROPOSE_ABORT -> decide(world.decided(false));
      case ANSWER_COMMITTED, ANSWER_ABORTED -> world.told(action);
      case RECORD_DONE -> world;
    };
  }

  private World decide(World decided) {
    CoordinatorEvent stands =
        Boolean.TRUE.equals(decided.commitStands())
            ? CoordinatorEvent.COMMIT_STANDS
            : CoordinatorEvent.ABORT_STANDS;
    return coordinate(decided, decided.coordination().on(stands));
  }
}
