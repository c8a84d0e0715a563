package dev.converge.lab.schedules;

import static dev.converge.lab.schedules.Move.Kind.FAULT;
import static dev.converge.lab.schedules.Move.Kind.PROGRESS;
import static dev.converge.lab.schedules.Move.Kind.TIMEOUT;
import static dev.converge.lab.schedules.Setting.COORDINATOR;

import dev.converge.commitment.Decision;
import dev.converge.commitment.protocol.BranchAction;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.CoordinatorPhase;
import dev.converge.commitment.protocol.PeerStates;
import dev.converge.commitment.protocol.TransitionTable.Transition;
import dev.converge.lab.schedules.Traffic.Answer;
import dev.converge.lab.schedules.Traffic.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The next steps of the participants of a transaction. */
final class ParticipantSide {
  private final Setting setting;

  ParticipantSide(Setting setting) {
    this.setting = setting;
  }

  void addMoves(World world, List<Move<World>> all) {
    for (Request request : world.traffic().requests()) {
      addDelivery(world, request, all);
    }
    for (int participant = 0; participant < world.branches().size(); participant++) {
      if (world.branches().get(participant).isDown()) {
        addStart(world, participant, all);
      } else {
        addDoubt(world, participant, all);
        addCrash(world, participant, all);
      }
    }
  }

  /** A participant's answer as a vote or an acknowledgement. */
  static String vote(BranchState state, Setting setting) {
    return state == BranchState.UNKNOWN ? "NO" : setting.name(state);
  }

  // ---- requests

  private void addDelivery(World world, Request request, List<Move<World>> all) {
    int participant = request.participant();
    List<String> nodes = List.of(COORDINATOR, name(participant));
    all.add(new Move<>(PROGRESS, nodes, story -> deliver(world, request, story)));
    if (request.event() == BranchEvent.PREPARE && world.state(participant) == BranchState.UNKNOWN) {
      all.add(new Move<>(FAULT, nodes, story -> refuse(world, request, story)));
    }
  }

  private World deliver(World world, Request request, Story story) {
    int participant = request.participant();
    story.arrived(COORDINATOR, name(participant), setting.name(request.event()));
    BranchState next = rule(world, participant, request.event()).next();
    World moved = move(arrived(world, request), participant, request.event(), story);
    return reply(moved, request, next, story);
  }

  // For lack of stock, say. The participant keeps nothing, and may do the work if asked again.
  private World refuse(World world, Request request, Story story) {
    story.arrived(COORDINATOR, name(request.participant()), setting.name(request.event()));
    story.note(name(request.participant()), "refuses the work");
    return reply(arrived(world, request), request, BranchState.UNKNOWN, story);
  }

  private World arrived(World world, Request request) {
    return isTimely() ? world.with(world.traffic().withoutRequests(request::equals)) : world;
  }

  private World reply(World world, Request request, BranchState state, Story story) {
    story.sent(name(request.participant()), COORDINATOR, vote(state, setting));
    CoordinatorPhase asked = asked(request.event(), world);
    return asked == world.coordination().phase() && !world.isSilent(request.participant())
        ? world.with(world.traffic().with(new Answer(request.participant(), asked, state)))
        : world;
  }

  private CoordinatorPhase asked(BranchEvent event, World world) {
    return switch (event) {
      case PREPARE -> CoordinatorPhase.VOTING;
      case PRECOMMIT -> CoordinatorPhase.PRECOMMITTING;
      case COMMIT ->
          setting.has(Mutation.DECISION_AFTER_THE_FIRST_COMMIT)
                  && world.coordination().phase() == CoordinatorPhase.DECIDING
              ? CoordinatorPhase.DECIDING
              : CoordinatorPhase.COMMITTING;
      case ABORT -> CoordinatorPhase.ABORTING;
      case IN_DOUBT, DECISION_UNREACHABLE, PEER_PRECOMMITTED, PEERS_UNDECIDED ->
          throw new IllegalArgumentException("no request: " + event);
    };
  }

  // ---- in doubt

  private void addDoubt(World world, int participant, List<Move<World>> all) {
    BranchState state = world.state(participant);
    if (!state.isInDoubt() || !mayTimeOut(world)) {
      return;
    }
    Transition<BranchState, BranchAction> rule = rule(world, participant, BranchEvent.IN_DOUBT);
    if (rule.actions().contains(BranchAction.PROPOSE_ABORT)) {
      addProposal(world, participant, all);
    } else if (rule.actions().contains(BranchAction.ASK_PEERS)) {
      addPeers(world, participant, "timeout while " + setting.name(state), all);
    } else {
      all.add(
          new Move<>(
              TIMEOUT,
              List.of(name(participant)),
              story -> {
                story.note(name(participant), "timeout while " + setting.name(state));
                return move(world, participant, BranchEvent.IN_DOUBT, story);
              }));
    }
  }

  // A branch is in doubt for longer than a coordinator that is there waits for votes.
  private boolean mayTimeOut(World world) {
    if (!isTimely()) {
      return true;
    }
    boolean coordinatorWaits =
        switch (world.coordination().phase()) {
          case VOTING, PRECOMMITTING, DECIDING -> !setting.isDown(COORDINATOR);
          case NEW, COMMITTING, ABORTING, DONE -> false;
        };
    return world.traffic().isEmpty() && !coordinatorWaits;
  }

  private void addProposal(World world, int participant, List<Move<World>> all) {
    String register = setting.simulated().registerNode();
    boolean reachable = !setting.isDown(register) && !world.cut().isolates(participant);
    if (reachable) {
      all.add(
          new Move<>(
              TIMEOUT,
              List.of(name(participant), register),
              story -> ask(world, participant, story)));
    }
    if (!isTimely()) {
      all.add(
          new Move<>(
              TIMEOUT,
              List.of(name(participant)),
              story -> {
                story.note(name(participant), "proposes ABORT; the message is late");
                return world.with(world.traffic().with(Decision.ABORT));
              }));
    }
    if (!reachable || !isTimely()) {
      addPeers(world, participant, "cannot reach the register", all);
    }
  }

  private World ask(World world, int participant, Story story) {
    String register = setting.simulated().registerNode();
    story.note(name(participant), "timeout while " + setting.name(world.state(participant)));
    story.sent(name(participant), register, "propose ABORT");
    story.arrived(name(participant), register, "propose ABORT");
    Register asked = world.register().proposed(Decision.ABORT);
    boolean commits = asked.decision() == Decision.COMMIT;
    String answer = "decision: " + asked.decision();
    story.sent(register, name(participant), answer);
    story.arrived(register, name(participant), answer);
    World next = setting.has(Mutation.RESOLVER_WITHOUT_A_DECISION_ROW) ? world : world.with(asked);
    return move(next, participant, commits ? BranchEvent.COMMIT : BranchEvent.ABORT, story);
  }

  // Each set of peers that may answer.
  private void addPeers(World world, int participant, String why, List<Move<World>> all) {
    List<Integer> reachable = new ArrayList<>();
    for (int peer = 0; peer < world.branches().size(); peer++) {
      boolean connected = !world.isSilent(participant) && !world.isSilent(peer);
      if (peer != participant && connected && !setting.isDown(name(peer))) {
        reachable.add(peer);
      }
    }
    int everyone = (1 << reachable.size()) - 1;
    for (int answering = everyone; answering >= 0; answering--) {
      if (answering == everyone || !isTimely()) {
        addPeers(world, participant, why, chosen(reachable, answering), all);
      }
    }
  }

  private static List<Integer> chosen(List<Integer> peers, int mask) {
    List<Integer> chosen = new ArrayList<>();
    for (int i = 0; i < peers.size(); i++) {
      if ((mask & (1 << i)) != 0) {
        chosen.add(peers.get(i));
      }
    }
    return chosen;
  }

  private void addPeers(
      World world, int participant, String why, List<Integer> peers, List<Move<World>> all) {
    List<String> nodes = new ArrayList<>(List.of(name(participant)));
    peers.forEach(peer -> nodes.add(name(peer)));
    all.add(
        new Move<>(
            TIMEOUT,
            nodes,
            story -> {
              story.note(name(participant), why + (peers.isEmpty() ? "; no peer answers" : ""));
              for (int peer : peers) {
                String answer = "state: " + setting.name(world.state(peer));
                story.sent(name(peer), name(participant), answer);
                story.arrived(name(peer), name(participant), answer);
              }
              return move(
                  world,
                  participant,
                  PeerStates.event(peers.stream().map(world::state).toList()),
                  story);
            }));
  }

  // ---- crashes

  // A crash of a participant matters where its memory differs from its database, and where it stays
  // down: its peers get no answer. If anything can be lost, its answers can be lost without that.
  private void addCrash(World world, int participant, List<Move<World>> all) {
    Branch branch = world.branches().get(participant);
    List<String> node = List.of(name(participant));
    if (setting.network() == Network.CRASHES) {
      all.add(new Move<>(FAULT, node, story -> down(world, participant, story)));
    } else if (setting.network().hasCrashes() && branch.state() != branch.durable()) {
      all.add(new Move<>(FAULT, node, story -> crashed(world, participant, story)));
    }
  }

  private World down(World world, int participant, Story story) {
    story.note(name(participant), "crash");
    Traffic left =
        world
            .traffic()
            .withoutRequests(request -> request.participant() == participant)
            .withoutAnswers(answer -> answer.participant() == participant);
    return world.with(left).with(participant, world.branches().get(participant).crashed());
  }

  private void addStart(World world, int participant, List<Move<World>> all) {
    all.add(
        new Move<>(
            FAULT,
            List.of(name(participant)),
            story -> {
              Branch branch = world.branches().get(participant);
              story.note(name(participant), "restarts as " + setting.name(branch.durable()));
              return world.with(participant, branch.restarted());
            }));
  }

  World crashed(World world, int participant, Story story) {
    Branch branch = world.branches().get(participant);
    story.note(name(participant), "crash; restarts as " + setting.name(branch.durable()));
    return world.with(participant, branch.restarted());
  }

  // ---- the rules

  private Transition<BranchState, BranchAction> rule(
      World world, int participant, BranchEvent event) {
    BranchState state = world.state(participant);
    if ((setting.has(Mutation.ABORT_BY_TIMEOUT_WHILE_PREPARED)
            || setting.has(Mutation.EXPIRY_CANCELS_ALONE))
        && state == BranchState.PREPARED
        && event == BranchEvent.IN_DOUBT) {
      return new Transition<>(BranchState.ABORTED, List.of(BranchAction.ROLL_BACK));
    }
    if (setting.has(Mutation.CONFIRM_SPENDS_TWICE)
        && state == BranchState.COMMITTED
        && event == BranchEvent.COMMIT) {
      return new Transition<>(state, List.of(BranchAction.COMMIT_WORK));
    }
    return setting.simulated().protocol().participant().next(state, event);
  }

  private World move(World world, int participant, BranchEvent event, Story story) {
    Transition<BranchState, BranchAction> rule = rule(world, participant, event);
    Branch branch = world.branches().get(participant);
    if (rule.actions().contains(BranchAction.REPORT_DIVERGENCE)) {
      story.note(
          name(participant),
          "reports: " + setting.name(branch.state()) + ", but the decision is " + event);
    }
    Branch next = after(branch, rule);
    if (setting.simulated().reserves()) {
      next = next.with(branch.reservation().after(rule.actions()));
    }
    if (next.hasLeftItsEnd() && !branch.hasLeftItsEnd()) {
      story.note(
          name(participant),
          "does the work although it has aborted: " + setting.name(next.state()));
    }
    if (rule.next().isFinal() && rule.next() != branch.state()) {
      story.note(name(participant), setting.name(rule.next()).toLowerCase(Locale.ROOT));
    }
    if (!next.reservation().isExact()) {
      story.note(name(participant), "spends what is not reserved");
    }
    return world.with(participant, next);
  }

  private Branch after(Branch branch, Transition<BranchState, BranchAction> rule) {
    if (rule.next() == branch.state()) {
      return branch;
    }
    if (setting.has(Mutation.PRECOMMIT_NOT_LOGGED) && rule.next() == BranchState.PRECOMMITTED) {
      return branch.kept(rule.next());
    }
    return rule.next() == BranchState.ABORTED && leavesNoRow(branch)
        ? branch.forgotten()
        : branch.stored(rule.next());
  }

  private boolean leavesNoRow(Branch aborting) {
    return setting.has(Mutation.NO_TOMBSTONE_AFTER_AN_ABORT)
        || (setting.has(Mutation.NO_TOMBSTONE_AFTER_AN_EMPTY_CANCEL)
            && aborting.state() == BranchState.UNKNOWN);
  }

  private boolean isTimely() {
    return setting.network().isTimely();
  }

  private String name(int participant) {
    return setting.participants().get(participant);
  }
}
