package dev.converge.commitment;

import dev.converge.commitment.protocol.BranchAction;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.PeerStates;
import dev.converge.commitment.protocol.Protocol;
import dev.converge.commitment.protocol.TransitionTable.Transition;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies a protocol's rules to the branches of one participant. The state is that of the database:
 * an event reads it, acts by the rule, and answers with the state afterwards. Any number of
 * instances can do this concurrently.
 */
public final class Participant implements Coordinator.Participants {
  private static final Logger LOG = LoggerFactory.getLogger(Participant.class);
  private static final int MAX_ATTEMPTS = 10;
  private static final int MAX_COMPARED = 16;
  private static final Duration RECALLED = Duration.ofHours(1);

  // A register commits a branch only by a decision, but aborts it also where it has none.
  private static final Set<BranchState> DECIDED_OR_PRESUMED_ABORT = Set.of(BranchState.ABORTED);
  private static final Set<BranchState> ANY_END =
      Set.of(BranchState.COMMITTED, BranchState.ABORTED);

  private static final JsonObject NO_REQUEST = new JsonObject();

  /** The questions of a participant in doubt, with the span that asks. */
  public interface Others {
    /** Proposes abort to the register of decisions, and returns the registered decision. */
    Future<Decision> proposeAbort(GlobalId id, Context trace);

    /** The states of the other participants; those that do not answer are absent. */
    Future<List<BranchState>> peers(GlobalId id, Context trace);
  }

  /** The question of a rule before the branch can continue. */
  private enum Question {
    NONE,
    DECISION,
    PEERS;

    static Question of(List<BranchAction> actions) {
      if (actions.equals(List.of(BranchAction.PROPOSE_ABORT))) {
        return DECISION;
      }
      return actions.equals(List.of(BranchAction.ASK_PEERS)) ? PEERS : NONE;
    }
  }

  private record Reached(BranchState state, Question question) {}

  private final Protocol protocol;
  private final Branches branches;
  private final Others others;
  private final Instruments instruments;
  private final Spans spans;
  private final RecentBranches recent = new RecentBranches();
  private final Turns turns = new Turns();
  private final LoneEnds loneEnds = new LoneEnds();

  /** The branches that an operator has ended, until the register answers. */
  private final LoneEnds resolvedEnds = new LoneEnds();

  private volatile boolean hasRecalledEnds;

  public Participant(Protocol protocol, Branches branches, Others others, Instruments instruments) {
    this.protocol = protocol;
    this.branches = branches;
    this.others = others;
    this.instruments = instruments;
    this.spans = new Spans(instruments.tracer());
  }

  /**
   * The work and the vote.
   *
   * @return prepared for a vote of yes; any other state, or {@link RefusedException}, for no
   */
  public Future<BranchState> prepare(GlobalId id, JsonObject request) {
    return request(new Coordinator.Request("", id, BranchEvent.PREPARE, request, Context.root()));
  }

  /** Applies an event to a branch. Returns the state afterwards. */
  public Future<BranchState> on(GlobalId id, BranchEvent event) {
    return request(new Coordinator.Request("", id, event, NO_REQUEST, recent.trace(id)));
  }

  /**
   * Applies the event of a request to a branch, in the trace of the request. An event that the
   * protocol does not have is refused.
   */
  @Override
  public Future<BranchState> request(Coordinator.Request request) {
    GlobalId id = request.id();
    if (request.event() == BranchEvent.PREPARE) {
      recent.remember(id, request.trace());
    }
    SpanKind kind = request.event() == BranchEvent.IN_DOUBT ? SpanKind.INTERNAL : SpanKind.SERVER;
    return spans.within(
        kind, request.event().name(), id, request.trace(), trace -> apply(request.in(trace)));
  }

  /** The state of a branch. */
  public Future<BranchState> state(GlobalId id) {
    return branches.state(id);
  }

  /**
   * Ends a branch by the decision of an operator, who vouches that no other branch ends otherwise.
   * The register of decisions is asked first, or the peers where the protocol has none: where they
   * answer, their decision is the transaction's. A branch that has this end already is left alone.
   *
   * @param recorded records the action just before the branch ends
   * @return failed with {@link NotInDoubtException} if the branch is not in doubt and has not this
   *     end, and with {@link DecidedOtherwiseException} if the transaction is decided otherwise;
   *     then nothing is recorded
   */
  public Future<BranchState> resolve(
      GlobalId id, Decision decision, Supplier<Future<Void>> recorded) {
    return branches
        .state(id)
        .compose(
            state ->
                state == end(decision)
                    ? Future.succeededFuture(state)
                    : resolveInDoubt(id, state, decision, recorded));
  }

  private Future<BranchState> resolveInDoubt(
      GlobalId id, BranchState state, Decision decision, Supplier<Future<Void>> recorded) {
    Future<Void> allowed =
        state.isInDoubt()
            ? unlessDecidedOtherwise(id, state, decision)
            : Future.failedFuture(new NotInDoubtException(id, state));
    return allowed
        .compose(checked -> recorded.get())
        .compose(done -> on(id, decision.event()))
        .onSuccess(ended -> (hasRegister() ? resolvedEnds : loneEnds).add(id));
  }

  private static BranchState end(Decision decision) {
    return switch (decision) {
      case COMMIT -> BranchState.COMMITTED;
      case ABORT -> BranchState.ABORTED;
    };
  }

  private Future<Void> unlessDecidedOtherwise(GlobalId id, BranchState state, Decision decision) {
    return known(id)
        .compose(
            event ->
                event.isEmpty() || event.get() == decision
                    ? Future.succeededFuture()
                    : Future.failedFuture(new DecidedOtherwiseException(id, state, event.get())));
  }

  // A register that answers has no lost decision: it decides now if it has not before.
  private Future<Optional<Decision>> known(GlobalId id) {
    Context trace = recent.trace(id);
    if (!hasRegister()) {
      return others.peers(id, trace).map(states -> decision(PeerStates.event(states)));
    }
    return registered(id, trace)
        .map(Optional::of)
        .recover(cause -> unreachable(id, cause).map(event -> decision(event)));
  }

  private static Optional<Decision> decision(BranchEvent event) {
    return Stream.of(Decision.values()).filter(each -> each.event() == event).findFirst();
  }

  /** Whether the protocol has an event. */
  public boolean accepts(BranchEvent event) {
    return protocol.participant().hasEvent(event)
        && (event == BranchEvent.PREPARE || branches.awaitDecisions());
  }

  Branches branches() {
    return branches;
  }

  // Questions are asked outside of the branch's turn: their answers take long, and meanwhile the
  // decision may arrive.
  private Future<BranchState> apply(Coordinator.Request request) {
    return checked(request)
        .compose(valid -> turns.inTurn(request.id(), () -> applyToState(valid)))
        .compose(reached -> askOthers(request, reached));
  }

  private Future<Coordinator.Request> checked(Coordinator.Request request) {
    return Future.succeededFuture(request)
        .map(
            asked -> {
              if (asked.event() == BranchEvent.PREPARE) {
                branches.check(asked.id(), asked.body());
              }
              return asked;
            });
  }

  private Future<Reached> applyToState(Coordinator.Request request) {
    return branches
        .state(request.id())
        .compose(state -> unlessItDiffers(request, state))
        .compose(state -> apply(request, state, MAX_ATTEMPTS));
  }

  // A repeated request gets the vote of the first one, which was for its own work.
  private Future<BranchState> unlessItDiffers(Coordinator.Request request, BranchState state) {
    if (request.event() != BranchEvent.PREPARE || !state.isInDoubt()) {
      return Future.succeededFuture(state);
    }
    return branches
        .isSame(request.id(), request.body())
        .compose(
            isSame ->
                isSame
                    ? Future.succeededFuture(state)
                    : Future.failedFuture(
                        new RefusedException(RefusedException.REQUEST_DIFFERS, state)));
  }

  private Future<BranchState> askOthers(Coordinator.Request request, Reached reached) {
    return switch (reached.question()) {
      case NONE -> Future.succeededFuture(endedAlone(request, reached.state()));
      case DECISION ->
          proposeAbort(request.id(), request.trace())
              .compose(asked -> branches.state(request.id()))
              .map(state -> endedAlone(request, state));
      case PEERS ->
          askPeers(request.id(), request.trace())
              .compose(asked -> branches.state(request.id()))
              .map(state -> endedAlone(request, state));
    };
  }

  // Peers that do not answer may have ended otherwise. A register answers with the decision, but it
  // presumes abort where it has none: also where it has lost a commit that peers have applied.
  private BranchState endedAlone(Coordinator.Request request, BranchState state) {
    if (request.event() == BranchEvent.IN_DOUBT && doubtfulEnds().contains(state)) {
      loneEnds.add(request.id());
    }
    return state;
  }

  /**
   * Asks the peers of branches that have ended without a decision, or by a presumed one, for their
   * ends, and reports those that differ; asks the register about those that an operator has ended.
   * A peer or a register that does not answer is asked again by the next call.
   *
   * @param shortName of the protocol, with which the names of its transactions begin
   */
  Future<Void> compareLoneEnds(String shortName) {
    return recallEnds(shortName)
        .compose(recalled -> compareSome())
        .compose(compared -> compareResolved());
  }

  // A restart has forgotten which branches ended alone.
  private Future<Void> recallEnds(String shortName) {
    if (hasRecalledEnds) {
      return Future.succeededFuture();
    }
    return branches
        .ended(shortName, doubtfulEnds(), RECALLED, LoneEnds.MAX_ENDS)
        .onSuccess(this::recalled)
        .mapEmpty();
  }

  private void recalled(List<GlobalId> ended) {
    ended.forEach(loneEnds::add);
    hasRecalledEnds = true;
  }

  private Future<Void> compareSome() {
    return Future.join(loneEnds.next(MAX_COMPARED).stream().map(this::compareLoneEnd).toList())
        .mapEmpty();
  }

  private Future<Void> compareResolved() {
    return Future.join(
            resolvedEnds.next(MAX_COMPARED).stream().map(this::compareWithRegister).toList())
        .mapEmpty();
  }

  private Future<Void> compareWithRegister(GlobalId id) {
    return others
        .proposeAbort(id, Context.root())
        .map(Decision::event)
        .recover(cause -> unreachable(id, cause))
        .compose(event -> compareWithRegister(id, event));
  }

  private Future<Void> compareWithRegister(GlobalId id, BranchEvent event) {
    if (decision(event).isEmpty()) {
      return Future.succeededFuture();
    }
    return branches
        .state(id)
        .compose(
            own ->
                own == end(decision(event).get())
                    ? Future.<Void>succeededFuture()
                    : record(id, own, event))
        .onSuccess(compared -> resolvedEnds.forget(id));
  }

  private Future<Void> compareLoneEnd(GlobalId id) {
    return branches
        .state(id)
        .compose(own -> others.peers(id, Context.root()).compose(peers -> compare(id, own, peers)));
  }

  private Future<Void> compare(GlobalId id, BranchState own, List<BranchState> peers) {
    BranchState otherwise =
        own == BranchState.COMMITTED ? BranchState.ABORTED : BranchState.COMMITTED;
    if (own.isFinal() && peers.contains(otherwise)) {
      BranchEvent decision =
          otherwise == BranchState.COMMITTED ? BranchEvent.COMMIT : BranchEvent.ABORT;
      return record(id, own, decision).onSuccess(reported -> loneEnds.forget(id));
    }
    boolean allHaveEnded =
        peers.size() == id.participants().size() - 1
            && peers.stream().noneMatch(BranchState::isInDoubt);
    if (allHaveEnded || !own.isFinal()) {
      loneEnds.forget(id);
    }
    return Future.succeededFuture();
  }

  private Future<Reached> apply(Coordinator.Request request, BranchState state, int attemptsLeft) {
    Transition<BranchState, BranchAction> rule =
        protocol.participant().next(state, request.event());
    Question question = Question.of(rule.actions());
    if (rule.actions().isEmpty() || question != Question.NONE) {
      return Future.succeededFuture(new Reached(state, question));
    }
    Future<Void> acted = Future.succeededFuture();
    for (BranchAction action : rule.actions()) {
      acted = acted.compose(before -> act(request, state, action));
    }
    return acted
        .compose(done -> branches.state(request.id()))
        .compose(
            now -> {
              // Another instance was faster, or an abort has met its work in progress: apply the
              // event to the state of now. The work itself is not done again.
              boolean isOvertaken =
                  now != rule.next() && (now != state || request.event() == BranchEvent.ABORT);
              return isOvertaken && attemptsLeft > 1
                  ? apply(request, now, attemptsLeft - 1)
                  : Future.succeededFuture(new Reached(now, Question.NONE));
            });
  }

  private Future<Void> act(Coordinator.Request request, BranchState state, BranchAction action) {
    GlobalId id = request.id();
    return switch (action) {
      case PREPARE_WORK -> branches.prepare(id, request.body());
      case RECORD_PRECOMMIT -> branches.recordPrecommit(id);
      case RECORD_ABORT -> branches.recordAbort(id);
      case COMMIT_WORK -> branches.commit(id);
      case ROLL_BACK -> branches.rollBack(id);
      case REPORT_DIVERGENCE -> reportDivergence(request, state);
      case PROPOSE_ABORT, ASK_PEERS ->
          throw new IllegalStateException(action + " is a question: a rule has no other action");
    };
  }

  private Future<Decision> registered(GlobalId id, Context trace) {
    return spans.within(
        SpanKind.CLIENT,
        BranchAction.PROPOSE_ABORT.name(),
        id,
        trace,
        proposal -> others.proposeAbort(id, proposal));
  }

  private Future<Void> proposeAbort(GlobalId id, Context trace) {
    return registered(id, trace)
        .map(Decision::event)
        .recover(cause -> unreachable(id, cause))
        .compose(event -> follow(id, event, trace));
  }

  private static Future<BranchEvent> unreachable(GlobalId id, Throwable cause) {
    LOG.debug("{}: the decision cannot be read: {}", id, String.valueOf(cause));
    return Future.succeededFuture(BranchEvent.DECISION_UNREACHABLE);
  }

  private Future<Void> askPeers(GlobalId id, Context trace) {
    return others.peers(id, trace).compose(states -> follow(id, PeerStates.event(states), trace));
  }

  private Future<Void> follow(GlobalId id, BranchEvent event, Context trace) {
    return apply(new Coordinator.Request("", id, event, NO_REQUEST, trace)).mapEmpty();
  }

  // Anyone who reaches the service can send a decision, also on a transaction that never was. One
  // that nothing confirms changes nothing, so it is no divergence.
  private Future<Void> reportDivergence(Coordinator.Request request, BranchState state) {
    return isConfirmed(request)
        .compose(
            isConfirmed ->
                isConfirmed
                    ? record(request.id(), state, request.event())
                    : ignore(request.id(), state, request.event()));
  }

  private Future<Boolean> isConfirmed(Coordinator.Request request) {
    return hasRegister()
        ? registered(request.id(), request.trace())
            .map(decision -> decision.event() == request.event())
        : others
            .peers(request.id(), request.trace())
            .compose(answers -> isConfirmed(request, answers));
  }

  /** The ends that a branch may have reached although its peers end otherwise. */
  private Set<BranchState> doubtfulEnds() {
    return hasRegister() ? DECIDED_OR_PRESUMED_ABORT : ANY_END;
  }

  private boolean hasRegister() {
    return protocol.participant().hasEvent(BranchEvent.DECISION_UNREACHABLE);
  }

  // A coordinator sends its decision again: then the peers that do not answer now may confirm it.
  private static Future<Boolean> isConfirmed(
      Coordinator.Request request, List<BranchState> answers) {
    boolean isAllowed = PeerStates.allow(request.event(), answers);
    boolean haveAllAnswered = answers.size() >= request.id().participants().size() - 1;
    return isAllowed || haveAllAnswered
        ? Future.succeededFuture(isAllowed)
        : Future.failedFuture(
            new TimeoutException(request.id() + ": no peer confirms " + request.event()));
  }

  private static Future<Void> ignore(GlobalId id, BranchState state, BranchEvent message) {
    LOG.warn("{}: {} is ignored: nothing confirms it, and the branch is {}", id, message, state);
    return Future.succeededFuture();
  }

  private Future<Void> record(GlobalId id, BranchState state, BranchEvent message) {
    return branches
        .recordDivergence(id, state, message)
        .onSuccess(
            isNew -> {
              if (isNew) {
                divergent(id, state, message);
              }
            })
        .mapEmpty();
  }

  private void divergent(GlobalId id, BranchState state, BranchEvent message) {
    LOG.error(
        "{}: this branch has not ended as the transaction was decided: it was {} at {}",
        id,
        state,
        message);
    instruments.meters().counter("commitment.divergences", "protocol", id.protocol()).increment();
  }
}
