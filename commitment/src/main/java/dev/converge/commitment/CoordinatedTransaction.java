package dev.converge.commitment;

import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.Coordination;
import dev.converge.commitment.protocol.CoordinatorAction;
import dev.converge.commitment.protocol.CoordinatorEvent;
import dev.converge.commitment.protocol.CoordinatorPhase;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One transaction at its coordinator: sends what {@link Coordination} decides, and passes it the
 * answers and the timeouts. All of its events arrive on one event loop.
 */
final class CoordinatedTransaction {
  private static final Logger LOG = LoggerFactory.getLogger(CoordinatedTransaction.class);
  private static final int MAX_SENDS_OF_A_DECISION = 20;
  private static final int MAX_PROPOSALS = 10;
  private static final Duration MAX_RESEND = Duration.ofSeconds(4);

  /**
   * The transaction to run.
   *
   * @param requests the work of each participant
   */
  record Task(GlobalId id, Map<String, JsonObject> requests, Decisions decisions, Context trace) {}

  private final Coordinator coordinator;
  private final Task task;
  private final GlobalId id;
  private final io.vertx.core.Context loop;
  private final Promise<Outcome> answer = Promise.promise();
  private final Map<String, String> votes = new HashMap<>();
  private final long begunAtNanos = System.nanoTime();
  private Coordination coordination;
  private int proposals;
  private int sends;

  CoordinatedTransaction(Coordinator coordinator, Task task) {
    this.coordinator = coordinator;
    this.task = task;
    this.id = task.id();
    this.loop = coordinator.vertx().getOrCreateContext();
    this.coordination = Coordination.of(coordinator.protocol(), Set.copyOf(id.participants()));
    id.participants().forEach(participant -> votes.put(participant, Outcome.NOT_AWAITED));
  }

  Future<Outcome> begin() {
    onLoop(() -> on(CoordinatorEvent.BEGIN));
    return answer.future();
  }

  void announce() {
    onLoop(() -> on(CoordinatorEvent.COMMIT_REGISTERED));
  }

  private void onLoop(Runnable event) {
    loop.runOnContext(now -> event.run());
  }

  private void after(Duration delay, Runnable event) {
    coordinator.vertx().setTimer(delay.toMillis(), timer -> onLoop(event));
  }

  private void on(CoordinatorEvent event) {
    apply(coordination.on(event));
  }

  private void apply(Coordination.Step step) {
    coordination = step.next();
    step.actions().forEach(this::act);
    if (coordination.phase() == CoordinatorPhase.DONE) {
      coordinator.ended(id);
    }
  }

  private void act(CoordinatorAction action) {
    switch (action) {
      case SEND_PREPARE -> sendWithin(BranchEvent.PREPARE, this::votesOverdue);
      case SEND_PRECOMMIT ->
          sendWithin(
              BranchEvent.PRECOMMIT, asked -> overdue(asked, CoordinatorEvent.PRECOMMITS_OVERDUE));
      case SEND_COMMIT -> sendDecision(BranchEvent.COMMIT);
      case SEND_ABORT -> sendDecision(BranchEvent.ABORT);
      case PROPOSE_COMMIT -> {
        if (isTooLate()) {
          propose(CoordinatorAction.PROPOSE_ABORT, task.decisions()::proposeAbort);
        } else {
          propose(action, task.decisions()::proposeCommit);
        }
      }
      case PROPOSE_ABORT -> propose(action, task.decisions()::proposeAbort);
      case ANSWER_COMMITTED -> answer(Decision.COMMIT);
      case ANSWER_ABORTED -> answer(Decision.ABORT);
      case RECORD_DONE -> recordDone();
    }
  }

  private void answer(Decision decision) {
    boolean unused = answer.tryComplete(new Outcome(decision, votes));
  }

  private boolean isTooLate() {
    return System.nanoTime() - begunAtNanos > coordinator.limits().proposal().toNanos();
  }

  private void propose(
      CoordinatorAction action, BiFunction<GlobalId, Context, Future<Decision>> proposal) {
    proposals++;
    register(action, trace -> proposal.apply(id, trace))
        .onSuccess(decision -> onLoop(() -> on(event(decision))))
        .onFailure(cause -> onLoop(() -> unconfirmed(cause)));
  }

  private <T> Future<T> register(CoordinatorAction action, Function<Context, Future<T>> request) {
    return coordinator.spans().within(SpanKind.CLIENT, action.name(), id, task.trace(), request);
  }

  private static CoordinatorEvent event(Decision registered) {
    return registered == Decision.COMMIT
        ? CoordinatorEvent.COMMIT_REGISTERED
        : CoordinatorEvent.ABORT_REGISTERED;
  }

  // The register may have taken the proposal. The next proposal finds out, after a pause.
  private void unconfirmed(Throwable cause) {
    LOG.warn("{}: the decision is not confirmed: {}", id, String.valueOf(cause));
    boolean unused = answer.tryFail(cause);
    if (proposals < MAX_PROPOSALS) {
      after(resend(proposals), () -> on(CoordinatorEvent.DECISION_UNCONFIRMED));
    } else {
      // The participants ask the register, and an open commit is announced by the recovery.
      coordinator.ended(id);
    }
  }

  private void sendWithin(BranchEvent request, Consumer<CoordinatorPhase> overdue) {
    CoordinatorPhase asked = coordination.phase();
    after(coordinator.limits().votes(), () -> overdue.accept(asked));
    send(request);
  }

  // Each vote that is missing was awaited for the whole time.
  private void votesOverdue(CoordinatorPhase asked) {
    if (coordination.phase() == asked) {
      votes.replaceAll((who, vote) -> vote.equals(Outcome.NOT_AWAITED) ? Outcome.NO_ANSWER : vote);
      on(CoordinatorEvent.VOTES_OVERDUE);
    }
  }

  private void sendDecision(BranchEvent decision) {
    sends++;
    if (sends > MAX_SENDS_OF_A_DECISION || (sends > 1 && coordinator.isCrowded())) {
      // The participants ask, or a later announcement reaches them.
      coordinator.ended(id);
      return;
    }
    CoordinatorPhase asked = coordination.phase();
    after(resend(sends), () -> overdue(asked, CoordinatorEvent.DECISION_OVERDUE));
    send(decision);
  }

  // Doubled each time, so that a participant that is down for long is not flooded when it is back.
  private Duration resend(int attempt) {
    Duration delay = coordinator.limits().resend().multipliedBy(1L << Math.min(attempt - 1, 10));
    return delay.compareTo(MAX_RESEND) < 0 ? delay : MAX_RESEND;
  }

  private void overdue(CoordinatorPhase asked, CoordinatorEvent overdue) {
    if (coordination.phase() == asked) {
      on(overdue);
    }
  }

  private void send(BranchEvent request) {
    for (String participant : id.participants()) {
      if (!coordination.answered().contains(participant)) {
        send(participant, request);
      }
    }
  }

  private void send(String participant, BranchEvent event) {
    CoordinatorPhase asked = coordination.phase();
    JsonObject body =
        event == BranchEvent.PREPARE
            ? task.requests().getOrDefault(participant, new JsonObject())
            : new JsonObject();
    coordinator
        .participants()
        .request(new Coordinator.Request(participant, id, event, body, task.trace()))
        .onSuccess(state -> onLoop(() -> answered(asked, participant, state)))
        .onFailure(cause -> onLoop(() -> failed(asked, participant, cause)));
  }

  private void answered(CoordinatorPhase asked, String participant, BranchState state) {
    if (asked == CoordinatorPhase.VOTING) {
      votes.put(participant, vote(state));
    }
    apply(coordination.answered(asked, participant, state));
  }

  private static String vote(BranchState state) {
    return switch (state) {
      case PREPARED, PRECOMMITTED, COMMITTED -> Outcome.PREPARED;
      case ABORTED -> Outcome.ABORTED;
      case UNKNOWN -> Outcome.NO_ANSWER;
    };
  }

  private void failed(CoordinatorPhase asked, String participant, Throwable cause) {
    if (cause instanceof RefusedException refused) {
      votes.put(participant, refused.reason());
      apply(coordination.answered(asked, participant, BranchState.UNKNOWN));
      return;
    }
    LOG.debug("{}: no answer of {}: {}", id, participant, String.valueOf(cause));
    if (asked == CoordinatorPhase.VOTING) {
      // A vote is requested once: waiting for the timeout would only hold the locks of the others.
      votes.put(participant, Outcome.NO_ANSWER);
      overdue(asked, CoordinatorEvent.VOTES_OVERDUE);
    }
  }

  private void recordDone() {
    register(CoordinatorAction.RECORD_DONE, trace -> task.decisions().done(id, trace))
        .onFailure(cause -> LOG.warn("{}: not recorded as done: {}", id, String.valueOf(cause)));
  }
}
