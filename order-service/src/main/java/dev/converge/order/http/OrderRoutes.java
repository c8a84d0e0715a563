package dev.converge.order.http;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import dev.converge.faults.TransientFaults;
import dev.converge.order.application.FindOrder;
import dev.converge.order.application.OrderOutcomes;
import dev.converge.order.application.OrderOutcomes.Seen;
import dev.converge.order.application.OrderOutcomes.Wake;
import dev.converge.order.application.OrderProtocols;
import dev.converge.order.application.OrderReads;
import dev.converge.order.application.OrderStoryRepository.OrderStory;
import dev.converge.order.application.PlaceOrder;
import dev.converge.order.application.SignalOrder;
import dev.converge.order.domain.Acceptance;
import dev.converge.order.domain.Acceptance.Answer;
import dev.converge.order.domain.Acceptance.Verdict;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderProtocol;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.domain.OrderTransaction;
import dev.converge.order.reads.ConsistencyToken;
import dev.converge.order.reads.ReadLevel;
import dev.converge.service.http.Answers;
import dev.converge.service.http.RequestParameters;
import dev.converge.service.http.RequestSpans;
import dev.converge.service.http.json.JsonBody;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.Problem.Fault;
import dev.converge.service.http.problem.ProblemType;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The order API: place, read, list and cancel an order. Adds the routes of sagas and totals. */
public final class OrderRoutes {
  private static final TimeBasedEpochGenerator IDS = Generators.timeBasedEpochGenerator();

  /** The longest delay until an end is seen that was neither committed here nor announced. */
  private static final long READ_AGAIN_NANOS = Duration.ofSeconds(1).toNanos();

  private final PlaceOrder placeOrder;
  private final Optional<OrderProtocols> protocols;
  private final FindOrder findOrder;
  private final OrderReads reads;
  private final SignalOrder signalOrder;
  private final OrderOutcomes outcomes;
  private final OrderView view;
  private final Clock clock;

  /**
   * @param protocols other protocols than the saga; empty if they are off
   * @param reads of requests that choose a level
   */
  public OrderRoutes(
      PlaceOrder placeOrder,
      Optional<OrderProtocols> protocols,
      FindOrder findOrder,
      OrderReads reads,
      SignalOrder signalOrder,
      OrderOutcomes outcomes,
      String traceUrl,
      Clock clock) {
    this.placeOrder = placeOrder;
    this.protocols = protocols;
    this.findOrder = findOrder;
    this.reads = reads;
    this.signalOrder = signalOrder;
    this.outcomes = outcomes;
    this.view = new OrderView(traceUrl);
    this.clock = clock;
  }

  /** Adds the routes. */
  public void mount(Router router) {
    router.post("/orders").handler(this::place);
    router.get("/orders").handler(this::list);
    router.get("/orders/:orderId").handler(this::find);
    router.post("/orders/:orderId/cancel").handler(this::cancel);
    new OrderTotalsRoute(findOrder, view).mount(router);
    new SagaRoutes(findOrder, reads, signalOrder, view).mount(router);
  }

  private void place(RoutingContext request) {
    String key = IdempotencyKeyHeader.read(request);
    OrderProtocol protocol = ProtocolHeader.read(request);
    RequestSpans.setAttribute(request, OrderProtocol.SPAN_ATTRIBUTE, protocol.label());
    PlaceOrderRequest.Valid valid = JsonBody.read(request, PlaceOrderRequest::read);
    Optional<Duration> wait = PreferHeader.wait(request);
    Optional<ConsistencyToken> session = ReadConsistencyHeader.token(request);
    String fingerprint = RequestFingerprint.of(protocol, valid);
    Supplier<Acceptance.Request> placed =
        () -> new Acceptance.Request(key, fingerprint, order(request, valid));
    Future<Answer> placing =
        protocol == OrderProtocol.SAGA
            ? placeOrder.place(placed).recover(OrderRoutes::orUnavailable)
            : commit(protocol, valid, placed.get());
    placing
        .compose(answer -> answered(answer, wait))
        .compose(shown -> withToken(request, session, shown))
        .onSuccess(shown -> answer(request, shown))
        .onFailure(request::fail);
  }

  private Future<Answer> commit(
      OrderProtocol protocol, PlaceOrderRequest.Valid valid, Acceptance.Request placed) {
    OrderProtocols enabled = protocols.orElseThrow(() -> ProtocolHeader.disabled(protocol));
    valid.requireWallet();
    return enabled.commit(protocol, placed).recover(OrderRoutes::orUnavailable);
  }

  private static Future<Answer> orUnavailable(Throwable cause) {
    return Future.failedFuture(
        cause instanceof OrderProtocols.UndecidedException
            ? Problem.retryLater(ProblemType.UNAVAILABLE, String.valueOf(cause.getMessage()), 1)
            : cause);
  }

  private Order order(RoutingContext request, PlaceOrderRequest.Valid valid) {
    return Order.placed(
        IDS.generate(),
        valid.customerId(),
        valid.currency(),
        valid.lines(),
        valid.paymentToken(),
        RequestSpans.traceparent(request),
        // The precision of PostgreSQL, so that a replay shows the same instant.
        clock.instant().truncatedTo(ChronoUnit.MICROS));
  }

  private Future<Shown> withToken(
      RoutingContext request, Optional<ConsistencyToken> session, Shown shown) {
    return reads
        .afterWrite(session)
        .onSuccess(token -> token.ifPresent(known -> ServedHeaders.put(request, known)))
        .map(shown);
  }

  /** The content of the answer to a POST. */
  private record Shown(Verdict verdict, Order order, boolean waited) {}

  private Future<Shown> answered(Answer answer, Optional<Duration> wait) {
    if (answer.verdict() == Verdict.KEY_REUSED) {
      return Future.failedFuture(
          Problem.of(
              ProblemType.IDEMPOTENCY_KEY_REUSED,
              List.of(new Fault("Idempotency-Key", "was used with a different request"))));
    }
    if (answer.order().protocol() != OrderProtocol.SAGA) {
      // It has ended, and a repeated request gets the same answer.
      return Future.succeededFuture(new Shown(answer.verdict(), answer.order(), false));
    }
    if (wait.isEmpty()) {
      // A repeated request gets the same answer, independent of the order's current status.
      return Future.succeededFuture(new Shown(answer.verdict(), answer.order().asPlaced(), false));
    }
    return awaitEnd(
            answer.order().orderId(), System.nanoTime() + wait.get().toNanos(), Seen.FIRST_READ)
        .map(order -> new Shown(answer.verdict(), order, true))
        .recover(cause -> notSeen(answer, cause));
  }

  // The order is committed; a failed read must not fail the request.
  private static Future<Shown> notSeen(Answer answer, Throwable cause) {
    return TransientFaults.isTransient(cause)
        ? Future.succeededFuture(new Shown(answer.verdict(), answer.order().asPlaced(), false))
        : Future.failedFuture(cause);
  }

  /**
   * @param how the end is seen if the order has ended already
   */
  private Future<Order> awaitEnd(UUID orderId, long untilNanos, Seen how) {
    long left = untilNanos - System.nanoTime();
    // Registered before the order is read, so that an end in between is not missed.
    Future<Wake> over = outcomes.await(orderId, Duration.ofNanos(Math.min(left, READ_AGAIN_NANOS)));
    return read(orderId)
        .compose(
            order ->
                order.status().isTerminal() || left <= 0
                    ? Future.succeededFuture(seen(order, how))
                    : over.compose(wake -> woken(orderId, untilNanos, wake)));
  }

  private Future<Order> woken(UUID orderId, long untilNanos, Wake wake) {
    return switch (wake) {
      case COMMIT -> read(orderId).map(order -> seen(order, Seen.COMMIT));
      case STOP -> read(orderId).map(order -> seen(order, Seen.POLL));
      // Anyone who may write to the topic may send the event: the order is read as before.
      case EVENT -> awaitEnd(orderId, untilNanos, Seen.EVENT);
      case TIMEOUT -> awaitEnd(orderId, untilNanos, Seen.POLL);
    };
  }

  private Order seen(Order order, Seen how) {
    outcomes.count(order.status().isTerminal() ? how : Seen.NOT);
    return order;
  }

  private Future<Order> read(UUID orderId) {
    return findOrder.order(orderId).map(found -> found.orElseThrow());
  }

  private void answer(RoutingContext request, Shown shown) {
    boolean ended = shown.order().status().isTerminal();
    request.response().putHeader(HttpHeaders.LOCATION, "/orders/" + shown.order().orderId());
    if (shown.verdict() == Verdict.REPLAYED) {
      request.response().putHeader("Idempotency-Replayed", "true");
    }
    if (shown.waited()) {
      request.response().putHeader("Preference-Applied", "wait");
    }
    if (!ended) {
      request.response().putHeader(HttpHeaders.RETRY_AFTER, "1");
    }
    Answers.json(request, ended ? 201 : 202, view.order(shown.order()).encode());
  }

  private void list(RoutingContext request) {
    int limit = RequestParameters.limit(request);
    OrderStatus status = status(request.request().getParam("status"));
    UUID before = RequestParameters.queryUuid(request, "before");
    String query = status == null ? "" : "&status=" + status;
    ReadConsistencyHeader.read(request)
        .map(level -> listAt(request, level, before, status, limit))
        .orElseGet(() -> findOrder.list(before, status, limit))
        .onSuccess(orders -> Answers.json(request, 200, view.page(orders, limit, query).encode()))
        .onFailure(request::fail);
  }

  private Future<List<Order>> listAt(
      RoutingContext request,
      ReadLevel level,
      @Nullable UUID before,
      @Nullable OrderStatus status,
      int limit) {
    return reads
        .list(level, before, status, limit)
        .map(served -> ServedHeaders.put(request, served))
        .recover(ServedHeaders::refused);
  }

  private void find(RoutingContext request) {
    UUID orderId = RequestParameters.pathUuid(request, "orderId");
    ReadConsistencyHeader.read(request)
        .map(level -> storyAt(request, level, orderId))
        .orElseGet(() -> findOrder.story(orderId))
        .compose(found -> shown(found.orElseThrow(OrderProblems::noSuchOrder)))
        .onSuccess(shown -> Answers.json(request, 200, shown.encode()))
        .onFailure(request::fail);
  }

  private Future<Optional<OrderStory>> storyAt(
      RoutingContext request, ReadLevel level, UUID orderId) {
    return reads
        .story(level, orderId)
        .map(served -> ServedHeaders.put(request, served))
        .recover(ServedHeaders::refused);
  }

  private Future<JsonObject> shown(OrderStory story) {
    OrderTransaction transaction = story.order().transaction();
    return transaction == null || protocols.isEmpty()
        ? Future.succeededFuture(view.story(story, findOrder.outlook(story.order(), story.saga())))
        : protocols
            .get()
            .unsettled(story.order())
            .map(branches -> view.story(story.order(), transaction, branches));
  }

  private void cancel(RoutingContext request) {
    UUID orderId = RequestParameters.pathUuid(request, "orderId");
    Optional<ConsistencyToken> session = ReadConsistencyHeader.token(request);
    SignalAnswer ifGranted = new SignalAnswer(findOrder, reads, view);
    ifGranted.send(
        request, session, orderId, signalOrder.cancel(orderId), ProblemType.ORDER_NOT_CANCELLABLE);
  }

  private static @Nullable OrderStatus status(@Nullable String value) {
    try {
      return value == null ? null : OrderStatus.valueOf(value);
    } catch (IllegalArgumentException e) {
      throw OrderProblems.invalidParameter(
          "status", "must be one of " + List.of(OrderStatus.values()));
    }
  }
}
