package dev.converge.commitment;

import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.Coordination;
import dev.converge.commitment.protocol.CoordinatorAction;
import dev.converge.commitment.protocol.CoordinatorEvent;
import dev.converge.commitment.protocol.CoordinatorPhase;
import dev.converge.commitment.protocol.Protocol;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs transactions as their coordinator, by the rules of a protocol. */
public final class Coordinator {
  private static final Logger LOG = LoggerFactory.getLogger(Coordinator.class);
  private static final int MAX_SENDS_OF_A_DECISION = 3;

  /** The participants, over the network. */
  @FunctionalInterface
  public interface Participants {
    /**
     * Sends a request to a participant.
     *
     * @param body the work, where the request is to prepare; else empty
     * @return the state of its branch afterwards, or {@link RefusedException} for a vote of no
     */
    Future<BranchState> request(
        String participant, GlobalId id, BranchEvent request, JsonObject body);
  }

  /**
   * How long to wait.
   *
   * @param votes for the votes, and for the acknowledgements of a precommit
   * @param resend until a decision is sent again
   */
  public record Timeouts(Duration votes, Duration resend) {}

  private final Vertx vertx;
  private final Protocol protocol;
  private final Participants participants;
  private final Timeouts timeouts;

  public Coordinator(Vertx vertx, Protocol protocol, Participants participants, Timeouts timeouts) {
    this.vertx = vertx;
    this.protocol = protocol;
    this.participants = participants;
    this.timeouts = timeouts;
  }

  /**
   * Runs a transaction.
   *
   * @param requests the work of each participant
   * @return the decision, as soon as it stands; the branches follow
   */
  public Future<Decision> run(GlobalId id, Map<String, JsonObject> requests, Decisions decisions) {
    Run run = new Run(id, requests, decisions);
    run.on(CoordinatorEvent.BEGIN);
    return run.answer.future();
  }

  /** Announces a commit that stands, after a restart. */
  public void announce(GlobalId id, Decisions decisions) {
    new Run(id, Map.of(), decisions).on(CoordinatorEvent.COMMIT_STANDS);
  }

  /** One transaction. Its events arrive on one event loop. */
  private final class Run {
    private final GlobalId id;
    private final Map<String, JsonObject> requests;
    private final Decisions decisions;
    private final Promise<Decision> answer = Promise.promise();
    private Coordination coordination;
    private int sends;

    Run(GlobalId id, Map<String, JsonObject> requests, Decisions decisions) {
      this.id = id;
      this.requests = requests;
      this.decisions = decisions;
      this.coordination = Coordination.of(protocol, Set.copyOf(id.participants()));
    }

    void on(CoordinatorEvent event) {
      apply(coordination.on(event));
    }

    private void apply(Coordination.Step step) {
      coordination = step.next();
      step.actions().forEach(this::act);
    }

    private void act(CoordinatorAction action) {
      switch (action) {
        case SEND_PREPARE -> send(BranchEvent.PREPARE, CoordinatorEvent.VOTES_OVERDUE);
        case SEND_PRECOMMIT -> send(BranchEvent.PRECOMMIT, CoordinatorEvent.PRECOMMITS_OVERDUE);
        case SEND_COMMIT -> sendDecision(BranchEvent.COMMIT);
        case SEND_ABORT -> sendDecision(BranchEvent.ABORT);
        case PROPOSE_COMMIT -> decided(decisions.proposeCommit(id));
        case PROPOSE_ABORT -> decided(decisions.proposeAbort(id));
        case ANSWER_COMMITTED -> answer.tryComplete(Decision.COMMIT);
        case ANSWER_ABORTED -> answer.tryComplete(Decision.ABORT);
        case RECORD_DONE -> recordDone();
      }
    }

    private void decided(Future<Decision> proposal) {
      proposal
          .onSuccess(
              stands ->
                  on(
                      stands == Decision.COMMIT
                          ? CoordinatorEvent.COMMIT_STANDS
                          : CoordinatorEvent.ABORT_STANDS))
          .onFailure(this::unconfirmed);
    }

    // The proposal may have been taken. The next one finds out, after a pause.
    private void unconfirmed(Throwable cause) {
      LOG.warn("{}: the decision is not confirmed: {}", id, String.valueOf(cause));
      answer.tryFail(cause);
      vertx.setTimer(
          timeouts.resend().toMillis(), timer -> on(CoordinatorEvent.DECISION_UNCONFIRMED));
    }

    private void sendDecision(BranchEvent decision) {
      sends++;
      if (sends <= MAX_SENDS_OF_A_DECISION) {
        send(decision, CoordinatorEvent.DECISION_OVERDUE);
      }
      // Else the participant asks, or a later announcement reaches it.
    }

    private void send(BranchEvent request, CoordinatorEvent overdue) {
      CoordinatorPhase asked = coordination.phase();
      Duration wait =
          overdue == CoordinatorEvent.DECISION_OVERDUE ? timeouts.resend() : timeouts.votes();
      vertx.setTimer(wait.toMillis(), timer -> overdue(asked, overdue));
      for (String participant : id.participants()) {
        participants
            .request(participant, id, request, requests.getOrDefault(participant, new JsonObject()))
            .onSuccess(state -> answered(asked, participant, state))
            .onFailure(cause -> failed(asked, participant, cause));
      }
    }

    private void overdue(CoordinatorPhase asked, CoordinatorEvent overdue) {
      if (coordination.phase() == asked) {
        on(overdue);
      }
    }

    private void answered(CoordinatorPhase asked, String participant, BranchState state) {
      apply(coordination.answered(asked, participant, state));
    }

    private void failed(CoordinatorPhase asked, String participant, Throwable cause) {
      if (cause instanceof RefusedException) {
        answered(asked, participant, BranchState.UNKNOWN);
      } else {
        LOG.debug("{}: no answer of {}: {}", id, participant, String.valueOf(cause));
      }
    }

    private void recordDone() {
      decisions
          .done(id)
          .onFailure(cause -> LOG.warn("{}: not recorded as done: {}", id, String.valueOf(cause)));
    }
  }
}
