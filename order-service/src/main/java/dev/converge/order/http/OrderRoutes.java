package dev.converge.order.http;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import dev.converge.faults.TransientFaults;
import dev.converge.order.application.FindOrder;
import dev.converge.order.application.OrderOutcomes;
import dev.converge.order.application.PlaceOrder;
import dev.converge.order.application.SignalOrder;
import dev.converge.order.domain.Acceptance;
import dev.converge.order.domain.Acceptance.Answer;
import dev.converge.order.domain.Acceptance.Verdict;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.saga.SagaDecision;
import dev.converge.order.saga.SagaSignal.Trigger;
import dev.converge.service.http.Answers;
import dev.converge.service.http.RequestParameters;
import dev.converge.service.http.RequestSpans;
import dev.converge.service.http.json.JsonBody;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.Problem.Fault;
import dev.converge.service.http.problem.ProblemType;
import dev.converge.service.operators.OperatorRequest;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The order API: place, read, list and cancel; stuck sagas for operators; totals for audits. */
public final class OrderRoutes {
  private static final TimeBasedEpochGenerator IDS = Generators.timeBasedEpochGenerator();
  private static final int STUCK_PAGE = 100;
  private static final long TOTALS_MILLIS = Duration.ofMinutes(15).toMillis();

  /** The longest delay until the end of an order by another instance is seen. */
  private static final long READ_AGAIN_NANOS = Duration.ofSeconds(1).toNanos();

  private final PlaceOrder placeOrder;
  private final FindOrder findOrder;
  private final SignalOrder signalOrder;
  private final OrderOutcomes outcomes;
  private final OrderView view;
  private final Clock clock;

  public OrderRoutes(
      PlaceOrder placeOrder,
      FindOrder findOrder,
      SignalOrder signalOrder,
      OrderOutcomes outcomes,
      String traceUrl,
      Clock clock) {
    this.placeOrder = placeOrder;
    this.findOrder = findOrder;
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
    router.get("/order-totals").handler(this::totals);
    router.post("/orders/:orderId/cancel").handler(this::cancel);
    router.get("/sagas/stuck").handler(this::listStuck);
    router.get("/sagas/:orderId").handler(this::inspect);
    router.post("/sagas/:orderId/retry").handler(this::retry);
    router.post("/sagas/:orderId/skip").handler(this::skip);
    router.post("/sagas/:orderId/compensate").handler(this::compensate);
  }

  private void place(RoutingContext request) {
    String key = IdempotencyKeyHeader.read(request);
    PlaceOrderRequest.Valid valid = JsonBody.read(request, PlaceOrderRequest::read);
    Optional<Duration> wait = PreferHeader.wait(request);
    String fingerprint = fingerprint(valid);
    placeOrder
        .place(() -> new Acceptance.Request(key, fingerprint, order(request, valid)))
        .compose(answer -> answered(answer, wait))
        .onSuccess(shown -> answer(request, shown))
        .onFailure(request::fail);
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

  /** The content of the answer to a POST. */
  private record Shown(Verdict verdict, Order order, boolean waited) {}

  private Future<Shown> answered(Answer answer, Optional<Duration> wait) {
    if (answer.verdict() == Verdict.KEY_REUSED) {
      return Future.failedFuture(
          Problem.of(
              ProblemType.IDEMPOTENCY_KEY_REUSED,
              List.of(new Fault("Idempotency-Key", "was used with a different request"))));
    }
    if (wait.isEmpty()) {
      // A repeated request gets the same answer, independent of the order's current status.
      return Future.succeededFuture(new Shown(answer.verdict(), answer.order().asPlaced(), false));
    }
    return awaitEnd(answer.order().orderId(), System.nanoTime() + wait.get().toNanos())
        .map(order -> new Shown(answer.verdict(), order, true))
        .recover(cause -> notSeen(answer, cause));
  }

  // The order is committed; a failed read must not fail the request.
  private static Future<Shown> notSeen(Answer answer, Throwable cause) {
    return TransientFaults.isTransient(cause)
        ? Future.succeededFuture(new Shown(answer.verdict(), answer.order().asPlaced(), false))
        : Future.failedFuture(cause);
  }

  private Future<Order> awaitEnd(UUID orderId, long untilNanos) {
    long left = untilNanos - System.nanoTime();
    // Registered before the order is read, so that an end in between is not missed.
    Future<Boolean> ended =
        outcomes.await(orderId, Duration.ofNanos(Math.min(left, READ_AGAIN_NANOS)));
    return read(orderId)
        .compose(
            order ->
                order.status().isTerminal() || left <= 0
                    ? Future.succeededFuture(order)
                    : ended.compose(was -> was ? read(orderId) : awaitEnd(orderId, untilNanos)));
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
    findOrder
        .list(before, status, limit)
        .onSuccess(orders -> Answers.json(request, 200, view.page(orders, limit, query).encode()))
        .onFailure(request::fail);
  }

  private void find(RoutingContext request) {
    UUID orderId = RequestParameters.pathUuid(request, "orderId");
    findOrder
        .story(orderId)
        .onSuccess(
            found ->
                found.ifPresentOrElse(
                    story -> Answers.json(request, 200, view.story(story).encode()),
                    () -> request.fail(noSuchOrder())))
        .onFailure(request::fail);
  }

  private void totals(RoutingContext request) {
    UUID from = requiredUuid(request, "from");
    UUID before = requiredUuid(request, "before");
    long millis = millis(before) - millis(from);
    if (!isAbove(before, from) || millis > TOTALS_MILLIS) {
      throw invalid("before", "must be above from, by 15 minutes at most");
    }
    findOrder
        .totals(from, before)
        .onSuccess(totals -> Answers.json(request, 200, view.totals(totals).encode()))
        .onFailure(request::fail);
  }

  // An id begins with 48 bits of milliseconds since 1970 (RFC 9562).
  private static long millis(UUID id) {
    return id.getMostSignificantBits() >>> 16;
  }

  // As the database orders them: UUID.compareTo takes halves that begin with a 1 for negative.
  private static boolean isAbove(UUID one, UUID other) {
    int high = Long.compareUnsigned(one.getMostSignificantBits(), other.getMostSignificantBits());
    int low = Long.compareUnsigned(one.getLeastSignificantBits(), other.getLeastSignificantBits());
    return high > 0 || (high == 0 && low > 0);
  }

  private static UUID requiredUuid(RoutingContext request, String parameter) {
    UUID value = RequestParameters.queryUuid(request, parameter);
    if (value == null) {
      throw invalid(parameter, "is required");
    }
    return value;
  }

  private void cancel(RoutingContext request) {
    UUID orderId = RequestParameters.pathUuid(request, "orderId");
    answer(request, orderId, signalOrder.cancel(orderId), ProblemType.ORDER_NOT_CANCELLABLE);
  }

  private void inspect(RoutingContext request) {
    UUID orderId = RequestParameters.pathUuid(request, "orderId");
    findOrder
        .inspect(orderId)
        .onSuccess(
            found ->
                found.ifPresentOrElse(
                    saga -> Answers.json(request, 200, view.inspection(saga).encode()),
                    () -> request.fail(noSuchOrder())))
        .onFailure(request::fail);
  }

  private void retry(RoutingContext request) {
    operate(request, Trigger.RETRY_REQUESTED, "retry-saga", ProblemType.SAGA_NOT_STUCK);
  }

  private void skip(RoutingContext request) {
    operate(request, Trigger.SKIP_REQUESTED, "skip-step", ProblemType.SAGA_NOT_STUCK);
  }

  private void compensate(RoutingContext request) {
    operate(
        request,
        Trigger.COMPENSATE_REQUESTED,
        "compensate-saga",
        ProblemType.SAGA_NOT_COMPENSATABLE);
  }

  private void operate(
      RoutingContext request, Trigger signal, String action, ProblemType ifRefused) {
    UUID orderId = RequestParameters.pathUuid(request, "orderId");
    OperatorRequest asked = OperatorRequest.read(request);
    answer(request, orderId, signalOrder.operate(orderId, signal, action, asked), ifRefused);
  }

  private void answer(
      RoutingContext request,
      UUID orderId,
      Future<Optional<SagaDecision>> decided,
      ProblemType ifRefused) {
    decided
        .compose(decision -> granted(decision, ifRefused))
        .compose(granted -> findOrder.story(orderId))
        .onSuccess(story -> Answers.json(request, 202, view.story(story.orElseThrow()).encode()))
        .onFailure(request::fail);
  }

  private static Future<Void> granted(Optional<SagaDecision> decision, ProblemType ifRefused) {
    if (decision.isEmpty()) {
      return Future.failedFuture(noSuchOrder());
    }
    return decision
        .get()
        .match(
            advanced -> Future.succeededFuture(),
            ignored -> Future.succeededFuture(),
            refused -> Future.failedFuture(Problem.of(ifRefused, refused.why())));
  }

  private void listStuck(RoutingContext request) {
    findOrder
        .stuck(RequestParameters.queryUuid(request, "after"), STUCK_PAGE)
        .onSuccess(
            stuck -> {
              JsonArray items = new JsonArray();
              stuck.forEach(saga -> items.add(view.saga(saga)));
              JsonObject page = new JsonObject().put("items", items);
              if (stuck.size() == STUCK_PAGE) {
                page.put("next", "/sagas/stuck?after=" + stuck.get(STUCK_PAGE - 1).orderId());
              }
              Answers.json(request, 200, page.encode());
            })
        .onFailure(request::fail);
  }

  private static Problem noSuchOrder() {
    return Problem.of(ProblemType.NOT_FOUND, "no such order");
  }

  private static @Nullable OrderStatus status(@Nullable String value) {
    try {
      return value == null ? null : OrderStatus.valueOf(value);
    } catch (IllegalArgumentException e) {
      throw invalid("status", "must be one of " + List.of(OrderStatus.values()));
    }
  }

  private static Problem invalid(String parameter, String rule) {
    return Problem.of(ProblemType.INVALID_PARAMETER, List.of(new Fault(parameter, rule)));
  }

  /** SHA-256 over the route and the body in canonical form: fixed field order, no spaces. */
  private static String fingerprint(PlaceOrderRequest.Valid body) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update("POST /orders\n".getBytes(StandardCharsets.UTF_8));
      return HexFormat.of()
          .formatHex(sha256.digest(JsonBody.write(body).getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
