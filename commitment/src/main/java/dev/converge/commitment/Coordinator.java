package dev.converge.commitment;

import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.commitment.protocol.Protocol;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs transactions as their coordinator, by the rules of a protocol. It keeps what it has not
 * recorded in memory: after a crash the participants ask the register of decisions.
 */
public final class Coordinator {
  /** Transactions that are decided, whose decision is still being sent. */
  private static final int MAX_FOLLOWED_UP = 2_000;

  /** The participants, in this process or over the network. */
  @FunctionalInterface
  public interface Participants {
    /**
     * Sends a request to a participant.
     *
     * @return the state of its branch afterwards, or {@link RefusedException} for a vote of no
     */
    Future<BranchState> request(Request request);

    /** Sends each request to the participants that have the name of its addressee. */
    static Participants byName(Map<String, ? extends Participants> participants) {
      return request -> {
        Participants named = participants.get(request.participant());
        return named == null
            ? Future.failedFuture(
                new IllegalArgumentException("no participant: " + request.participant()))
            : named.request(request);
      };
    }

    /** Sends each request within a client span, which names its addressee. */
    static Participants traced(Participants participants, Instruments instruments) {
      Spans spans = new Spans(instruments.tracer());
      return request ->
          spans.request(
              request.event().name(),
              request.participant(),
              request.id(),
              request.trace(),
              trace -> participants.request(request.in(trace)));
    }
  }

  /**
   * A request to a participant.
   *
   * @param participant its name
   * @param body the work, where the request is to prepare; else empty
   * @param trace the span that sends it
   */
  public record Request(
      String participant, GlobalId id, BranchEvent event, JsonObject body, Context trace) {
    /** The same request, sent by another span. */
    Request in(Context span) {
      return new Request(participant, id, event, body, span);
    }
  }

  /**
   * The bounds of a coordinator.
   *
   * @param votes how long to wait for the votes, and for the acknowledgements of a precommit
   * @param resend how long to wait until a decision is sent again; doubled each time
   * @param transactions how many may be undecided at a time. The databases'
   *     max_prepared_transactions must be larger.
   * @param proposal how long after its begin a transaction may propose commit. A process that was
   *     paused for longer proposes abort: the register may have deleted an abort meanwhile. Less
   *     than the register's retention.
   */
  public record Limits(Duration votes, Duration resend, int transactions, Duration proposal) {
    private static final Duration PROPOSAL = Duration.ofMinutes(1);

    /** A transaction may propose commit within a minute. */
    public Limits(Duration votes, Duration resend, int transactions) {
      this(votes, resend, transactions, PROPOSAL);
    }

    /** One second for votes, half a second until a decision is sent again, 100 transactions. */
    public static Limits standard() {
      return new Limits(Duration.ofSeconds(1), Duration.ofMillis(500), 100);
    }
  }

  private final Vertx vertx;
  private final Protocol protocol;
  private final Participants participants;
  private final Limits limits;
  private final Instruments instruments;
  private final Spans spans;
  private final Set<GlobalId> running = ConcurrentHashMap.newKeySet();
  private final AtomicInteger undecided = new AtomicInteger();

  public Coordinator(
      Vertx vertx,
      Protocol protocol,
      Participants participants,
      Limits limits,
      Instruments instruments) {
    this.vertx = vertx;
    this.protocol = protocol;
    this.participants = Participants.traced(participants, instruments);
    this.limits = limits;
    this.instruments = instruments;
    this.spans = new Spans(instruments.tracer());
  }

  /**
   * Runs a transaction.
   *
   * @param requests the work of each participant
   * @param decisions where the decision is registered; three-phase commit does not use it
   * @return the outcome as soon as it is decided; the branches follow. Failed with {@link
   *     TooManyTransactionsException} if nothing was sent; any other failure means that the
   *     decision is not known yet.
   */
  public Future<Outcome> run(GlobalId id, Map<String, JsonObject> requests, Decisions decisions) {
    return run(id, requests, decisions, Context.root());
  }

  /**
   * Runs a transaction.
   *
   * @param trace the span that the transaction continues
   */
  public Future<Outcome> run(
      GlobalId id, Map<String, JsonObject> requests, Decisions decisions, Context trace) {
    if (undecided.incrementAndGet() > limits.transactions()) {
      undecided.decrementAndGet();
      return Future.failedFuture(new TooManyTransactionsException(limits.transactions()));
    }
    if (!running.add(id)) {
      undecided.decrementAndGet();
      return Future.failedFuture(new IllegalStateException(id + " is in progress"));
    }
    return transaction(id, requests, decisions, trace)
        .begin()
        .onComplete(decided -> undecided.decrementAndGet())
        .onSuccess(outcome -> count(id, outcome.decision().name()))
        .onFailure(cause -> count(id, "UNKNOWN"));
  }

  /**
   * Announces a registered commit, after a restart. Does nothing while the transaction runs.
   *
   * @param trace the span that the transaction continues
   */
  public void announce(GlobalId id, Decisions decisions, Context trace) {
    if (running.size() < MAX_FOLLOWED_UP && running.add(id)) {
      transaction(id, Map.of(), decisions, trace).announce();
    }
  }

  /** Transactions that are undecided, or whose decision is being sent. */
  public int running() {
    return running.size();
  }

  private CoordinatedTransaction transaction(
      GlobalId id, Map<String, JsonObject> requests, Decisions decisions, Context trace) {
    return new CoordinatedTransaction(
        this, new CoordinatedTransaction.Task(id, requests, decisions, trace));
  }

  private void count(GlobalId id, String outcome) {
    instruments
        .meters()
        .counter("commitment.transactions", "protocol", id.protocol(), "outcome", outcome)
        .increment();
  }

  void ended(GlobalId id) {
    running.remove(id);
  }

  /** Whether more transactions are followed up than the bound, so that this one is left out. */
  boolean isCrowded() {
    return running.size() > MAX_FOLLOWED_UP;
  }

  Vertx vertx() {
    return vertx;
  }

  Protocol protocol() {
    return protocol;
  }

  Participants participants() {
    return participants;
  }

  Limits limits() {
    return limits;
  }

  Spans spans() {
    return spans;
  }
}
