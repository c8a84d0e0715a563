package dev.converge.order.application;

import dev.converge.commitment.Decision;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.Outcome;
import dev.converge.commitment.TooManyTransactionsException;
import dev.converge.order.application.EndedOrders.KeyTakenException;
import dev.converge.order.domain.AbortReason;
import dev.converge.order.domain.Acceptance.Answer;
import dev.converge.order.domain.Acceptance.Request;
import dev.converge.order.domain.Acceptance.Verdict;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderProtocol;
import dev.converge.order.domain.OrderTransaction;
import dev.converge.service.postgres.GroupCommit.OverloadedException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends orders by a transaction over all services. On commit, key, order and event are written with
 * the decision, or in a branch of this service. On refusal, the order is stored as rejected with
 * its key. Without a decision nothing is stored, unless the decision later turns out to be commit.
 *
 * <p>Belongs to one event loop.
 */
public final class CommitOrder implements OrderProtocols {
  private static final Logger LOG = LoggerFactory.getLogger(CommitOrder.class);
  private static final int MAX_IN_FLIGHT = 1_024;

  // Most transactions of another instance have ended by then.
  private static final long KEY_IN_DOUBT_MS = 300;

  // Less than the retention of ended branches, which begins a little before the order's end.
  private static final Duration RECORDED_FOR = Duration.ofDays(7).minusHours(1);

  private final Vertx vertx;
  private final TransactionRunner transactions;
  private final int undecided;

  // A protocol whose register does not answer keeps its own slots, not those of the others.
  private final Map<OrderProtocol, TransactionSlots> slots = new EnumMap<>(OrderProtocol.class);
  private final EndedOrders ended;
  private final DualWriteOrder dualWrite;
  private final Clock clock;
  private final Map<String, Future<Answer>> inFlight = new HashMap<>();

  /**
   * @param undecided how many transactions of each protocol may be undecided at a time
   */
  public CommitOrder(
      Vertx vertx,
      TransactionRunner transactions,
      int undecided,
      EndedOrders ended,
      DualWriteOrder dualWrite,
      Clock clock) {
    this.vertx = vertx;
    this.transactions = transactions;
    this.undecided = undecided;
    this.ended = ended;
    this.dualWrite = dualWrite;
    this.clock = clock;
  }

  /** The order at its end, set when its row is written. */
  private record Committing(
      GlobalId id, Request request, OrderTransaction by, AtomicReference<@Nullable Order> written) {
    Order order() {
      Order order = written.get();
      if (order == null) {
        throw new IllegalStateException(id + " is committed without its order");
      }
      return order;
    }
  }

  @Override
  public Future<Answer> commit(OrderProtocol protocol, Request request) {
    Future<Answer> earlier = inFlight.get(request.key());
    if (earlier != null) {
      // The key is in flight here: its first request decides, and is then found in the database.
      return earlier.transform(first -> find(request)).compose(found -> orUndecided(found));
    }
    if (inFlight.size() >= MAX_IN_FLIGHT) {
      return Future.failedFuture(new OverloadedException(inFlight.size()));
    }
    Promise<Answer> answer = Promise.promise();
    inFlight.put(request.key(), answer.future());
    find(request)
        .compose(
            found ->
                found
                    .map(Future::succeededFuture)
                    .orElseGet(() -> unlessInDoubt(protocol, request)))
        .onComplete(answer);
    return answer.future().onComplete(done -> inFlight.remove(request.key()));
  }

  // A transaction would collect the votes of the others, and hold their locks, only to wait for the
  // key.
  private Future<Answer> unlessInDoubt(OrderProtocol protocol, Request request) {
    return ended
        .isInDoubt(request)
        .compose(
            inDoubt ->
                inDoubt ? findLater(request) : slots(protocol).run(() -> begin(protocol, request)));
  }

  private TransactionSlots slots(OrderProtocol protocol) {
    return slots.computeIfAbsent(protocol, first -> new TransactionSlots(vertx, undecided));
  }

  private Future<Answer> findLater(Request request) {
    return vertx
        .timer(KEY_IN_DOUBT_MS, TimeUnit.MILLISECONDS)
        .compose(waited -> find(request))
        .compose(
            found ->
                found
                    .map(Future::succeededFuture)
                    .orElseGet(() -> Future.failedFuture(UndecidedException.ofKeyInDoubt())));
  }

  private Future<Optional<Answer>> find(Request request) {
    return ended.find(request);
  }

  private static Future<Answer> orUndecided(Optional<Answer> found) {
    return found
        .map(Future::succeededFuture)
        .orElseGet(
            () ->
                Future.failedFuture(
                    new UndecidedException("another request with this key was not decided")));
  }

  private Future<Answer> begin(OrderProtocol protocol, Request request) {
    GlobalId id = transactions.id(protocol, request.order().orderId());
    if (protocol.isDualWrite()) {
      return dualWrite.run(protocol, id, request).recover(cause -> unlessTaken(id, request, cause));
    }
    Committing committing =
        new Committing(
            id,
            request,
            new OrderTransaction(protocol, id.text(), true, allPrepared(id)),
            new AtomicReference<>());
    return transactions
        .run(
            id,
            BranchRequests.of(request.order()),
            tx -> write(tx, committing),
            BranchRequests.trace(request.order()))
        .compose(outcome -> decided(committing, outcome))
        .recover(cause -> notDecided(id, request, cause));
  }

  private Future<Answer> unlessTaken(GlobalId id, Request request, Throwable cause) {
    return cause instanceof KeyTakenException
        ? notDecided(id, request, cause)
        : Future.failedFuture(cause);
  }

  // A commit needs the vote of each participant.
  private static Map<String, String> allPrepared(GlobalId id) {
    Map<String, String> votes = new HashMap<>();
    id.participants().forEach(participant -> votes.put(participant, Outcome.PREPARED));
    return votes;
  }

  private Future<Void> write(SqlConnection tx, Committing committing) {
    Order completed =
        committing
            .request()
            .order()
            .ended(committing.by(), null, clock.instant().truncatedTo(ChronoUnit.MICROS));
    return ended
        .insert(tx, committing.request(), completed)
        .onSuccess(written -> committing.written().set(completed));
  }

  private Future<Answer> decided(Committing committing, Outcome outcome) {
    if (outcome.decision() == Decision.COMMIT) {
      ended.count(committing.order());
      return Future.succeededFuture(new Answer(Verdict.ACCEPTED, committing.order()));
    }
    return rejection(outcome)
        .map(reason -> reject(committing, outcome, reason))
        .orElseGet(
            () ->
                Future.failedFuture(
                    new UndecidedException(
                        "not all participants have voted in time: " + outcome.votes())));
  }

  private static Optional<AbortReason> rejection(Outcome outcome) {
    return outcome
        .refusal()
        .flatMap(
            refusal ->
                List.of(AbortReason.OUT_OF_STOCK, AbortReason.PAYMENT_DECLINED).stream()
                    .filter(reason -> reason.name().equals(refusal))
                    .findFirst());
  }

  private Future<Answer> reject(Committing committing, Outcome outcome, AbortReason reason) {
    OrderTransaction by =
        new OrderTransaction(
            committing.by().protocol(), committing.by().gid(), false, outcome.votes());
    Order rejected =
        committing
            .request()
            .order()
            .ended(by, reason, clock.instant().truncatedTo(ChronoUnit.MICROS));
    return ended
        .store(committing.request(), rejected)
        .map(stored -> new Answer(Verdict.ACCEPTED, rejected));
  }

  // Another instance may have placed an order with this key, or this one earlier.
  private Future<Answer> notDecided(GlobalId id, Request request, Throwable cause) {
    if (cause instanceof TooManyTransactionsException) {
      return Future.failedFuture(new OverloadedException(inFlight.size()));
    }
    return find(request)
        .compose(
            found ->
                found
                    .map(Future::succeededFuture)
                    .orElseGet(() -> Future.failedFuture(undecided(id, cause))));
  }

  private static UndecidedException undecided(GlobalId id, Throwable cause) {
    if (cause instanceof UndecidedException undecided) {
      return undecided;
    }
    LOG.warn("{}: the decision is unknown: {}", id, String.valueOf(cause));
    return new UndecidedException("the decision is unknown: repeat the request with its key");
  }

  @Override
  public Future<UnsettledBranches> unsettled(Order order) {
    OrderTransaction transaction = order.transaction();
    Instant endedAt = order.endedAt();
    if (transaction == null || endedAt == null) {
      return Future.succeededFuture(UnsettledBranches.NONE);
    }
    Decision decision = transaction.isCommitted() ? Decision.COMMIT : Decision.ABORT;
    boolean areRecorded = endedAt.plus(RECORDED_FOR).isAfter(clock.instant());
    return GlobalId.parse(transaction.gid())
        .map(transactions::states)
        .map(read -> read.map(states -> UnsettledBranches.of(decision, states, areRecorded)))
        .orElseGet(() -> Future.succeededFuture(UnsettledBranches.NONE));
  }
}
