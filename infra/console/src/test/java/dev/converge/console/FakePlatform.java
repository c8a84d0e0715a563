package dev.converge.console;

import static dev.converge.testkit.ConnectedDatabase.await;

import dev.converge.testkit.EventLoop;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The APIs of the three services, on one port, with orders that a test moves. */
final class FakePlatform {
  static final String STUCK_ORDER = "0192f0c1-5a3e-7c1d-9b7e-2f1c64d2a901";
  static final String LETTER = "0192f0c1-5a3e-7c1d-9b7e-2f1c64d2b001";
  static final String IN_DOUBT = "2pc." + STUCK_ORDER + ".inventory_payment";
  static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  static final String HOSTILE = "<img src=x onerror=alert(1)>";
  static final String NOT_HANDLED = "it failed again: order is RELEASED";

  private static final String BEGAN = "2026-11-30T12:00:00.100Z";

  /** Bodies of {@code POST /orders}. */
  final List<JsonObject> placed = new CopyOnWriteArrayList<>();

  /** Such as {@code PUT /provider FAIL}. */
  final List<String> writes = new CopyOnWriteArrayList<>();

  private final Map<String, JsonObject> orders = new ConcurrentSkipListMap<>();
  private final HttpServer server;
  private volatile boolean hasAttention;
  private volatile String behaviour = "NORMAL";
  private volatile String stuckStatus = "STUCK";
  private volatile boolean isResolved;
  private volatile boolean isBusy;
  private volatile String measuredAt = "";
  private volatile boolean isLate;
  private final AtomicInteger scrapes = new AtomicInteger();

  FakePlatform(EventLoop loop) {
    Router router = Router.router(loop.vertx());
    router.route().handler(BodyHandler.create(false));
    router.get("/orders").handler(this::list);
    router.post("/orders").handler(this::place);
    router.get("/orders/:id").handler(this::show);
    router.post("/orders/:id/cancel").handler(this::cancel);
    router.get("/sagas/stuck").handler(this::stuck);
    router.get("/sagas/:id").handler(this::messages);
    router.post("/sagas/:id/retry").handler(this::retry);
    router.get("/saga-definition").handler(request -> json(request, 200, definition()));
    router.get("/dead-letters").handler(this::letters);
    router.get("/dead-letters/:id").handler(this::letter);
    router.post("/dead-letters/:id/replay").handler(this::replay);
    router.get("/transactions").handler(this::transactions);
    router.post("/transactions/:gid/resolve").handler(this::resolve);
    router.get("/audit").handler(this::audit);
    router.get("/operator-actions").handler(request -> json(request, 200, page()));
    router.get("/provider").handler(this::provider);
    router.put("/provider").handler(this::switchProvider);
    router.get("/payments/:id").handler(request -> json(request, 404, new JsonObject()));
    router.get("/provider/charges/:id").handler(request -> json(request, 404, new JsonObject()));
    router.get("/metrics").handler(this::metrics);
    router.get("/readyz").handler(request -> json(request, 200, new JsonObject()));
    this.server =
        await(loop.vertx().createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + server.actualPort());
  }

  private static void json(RoutingContext request, int status, JsonObject body) {
    request
        .response()
        .setStatusCode(status)
        .putHeader("content-type", status < 400 ? "application/json" : "application/problem+json")
        .end(body.encode());
  }

  private static JsonObject page(JsonObject... items) {
    return new JsonObject().put("items", new JsonArray(List.of(items)));
  }

  // --- orders ---

  /** Adds an order whose card is being charged. */
  String addCharging() {
    return add("tok_slow");
  }

  /** Adds an order that has just ended. */
  void addEnded(String status) {
    Instant placedAt = Instant.now();
    JsonObject ended = recent(placedAt).put("status", status);
    ended.put("endedAt", placedAt.plusMillis(280 + 37L * (orders.size() % 11)).toString());
    orders.put(
        ended.getString("orderId"),
        status.equals("REJECTED") ? ended.put("reason", "PAYMENT_DECLINED") : ended);
  }

  /** Adds an order that has just been placed. */
  void addPlaced() {
    JsonObject placed = recent(Instant.now()).put("status", "PENDING");
    orders.put(placed.getString("orderId"), placed);
  }

  private JsonObject recent(Instant placedAt) {
    return orders
        .getOrDefault(add("tok_ok"), new JsonObject())
        .copy()
        .put("placedAt", placedAt.toString());
  }

  /** From now on, the metrics are those of services that work. */
  void beBusy() {
    isBusy = true;
  }

  /** From now on, orders end between two scrapes, and one of them has its trace as exemplar. */
  void measureOrders() {
    measuredAt = Instant.now().getEpochSecond() + ".25";
  }

  /** From now on, each order ends too late. */
  void endLate() {
    isLate = true;
  }

  private String measured(int n) {
    int inTime = isLate ? 1 : n;
    return """
        orders_completion_seconds_bucket{service="order-service",outcome="COMPLETED",le="0.5"} %d # {span_id="00f067aa0ba902b7",trace_id="%s"} 0.31 %s
        orders_completion_seconds_bucket{service="order-service",outcome="COMPLETED",le="5.0"} %d
        orders_completion_seconds_bucket{service="order-service",outcome="COMPLETED",le="+Inf"} %d
        orders_completion_seconds_count{service="order-service",outcome="COMPLETED"} %d
        sagas_stuck{service="order-service"} %d
        """
        .formatted(inTime, TRACE, measuredAt, inTime, n, n, hasAttention ? 1 : 0);
  }

  private void metrics(RoutingContext request) {
    int n = scrapes.incrementAndGet();
    String working =
        """
        http_server_request_duration_seconds_count{method="POST",route="/orders",status="202"} %d
        inbox_messages_handled_total{topic="a.topic"} %d
        outbox_connector_running 1
        outbox_slot_lag_bytes 1864
        outbox_oldest_undrained_age_seconds{cause="none"} 0
        """
            .formatted(n, 2 * n);
    request
        .response()
        .end(
            "jobs_holder 1\n"
                + (isBusy ? working : "")
                + (measuredAt.isEmpty() ? "" : measured(n)));
  }

  private String add(String token) {
    // Of version 7, like those of the service: in the order of their creation.
    long now = System.currentTimeMillis() << 16 | 0x7000L;
    String id = new UUID(now, UUID.randomUUID().getLeastSignificantBits()).toString();
    orders.put(
        id,
        new JsonObject()
            .put("orderId", id)
            .put("status", token.equals("tok_ok") ? "COMPLETED" : "PENDING")
            .put("protocol", "saga")
            .put("customerId", "console")
            .put("currency", "EUR")
            .put("totalMinor", 2_580)
            .put(
                "lines",
                new JsonArray()
                    .add(new JsonObject().put("sku", "espresso-beans").put("quantity", 2)))
            .put("placedAt", BEGAN)
            .put("links", new JsonObject()));
    return id;
  }

  private void list(RoutingContext request) {
    JsonArray items = new JsonArray();
    List<JsonObject> all = new ArrayList<>(orders.values());
    Collections.reverse(all);
    all.stream().limit(50).forEach(items::add);
    json(request, 200, new JsonObject().put("items", items));
  }

  private void place(RoutingContext request) {
    JsonObject body = request.body().asJsonObject();
    placed.add(body);
    String id = add(body.getString("paymentToken"));
    json(request, 202, new JsonObject().put("orderId", id).put("status", "PENDING"));
  }

  private @Nullable JsonObject order(RoutingContext request) {
    String id = request.pathParam("id");
    return id.equals(STUCK_ORDER) ? stuckOrder() : orders.get(id);
  }

  private void show(RoutingContext request) {
    JsonObject order = order(request);
    if (order == null) {
      json(request, 404, new JsonObject().put("detail", "no such order"));
    } else {
      json(request, 200, story(order));
    }
  }

  private static JsonObject story(JsonObject order) {
    return order.containsKey("saga")
        ? order
        : order
            .copy()
            .put("version", 2)
            .put("saga", saga("RUNNING", "charge-payment", placing()))
            .put("next", charging());
  }

  private static JsonObject saga(String status, String step, JsonArray timeline) {
    return new JsonObject()
        .put("status", status)
        .put("step", step)
        .put("attempt", 1)
        .put("version", timeline.size())
        .put("timeline", timeline);
  }

  private static JsonArray placing() {
    return new JsonArray()
        .add(transition(1, "OrderPlaced", "RUNNING", "reserve-stock", "ReserveStock"))
        .add(transition(2, "StockReserved", "RUNNING", "charge-payment", "ChargePayment"));
  }

  private static JsonObject transition(
      int version, String signal, String status, String step, String sent) {
    return new JsonObject()
        .put("version", version)
        .put("at", "2026-11-30T12:00:00." + version + "00Z")
        .put("signal", signal)
        .put("status", status)
        .put("step", step)
        .put("attempt", 1)
        .put("sent", sent);
  }

  private static JsonObject charging() {
    return new JsonObject()
        .put("awaits", "PaymentCharged")
        .put("deadlineAt", Instant.now().plusSeconds(900).toString())
        .put("attempt", 1)
        .put("of", 1)
        .put(
            "onReply",
            path(
                "COMPLETED",
                null,
                move("PaymentCharged", "ShipStock"),
                move("StockShipped", "OrderCompleted")))
        .put("onDeadline", undone("DeadlinePassed", "REJECTED", "TIMED_OUT", "OrderRejected"))
        .put(
            "actions",
            new JsonArray()
                .add(
                    new JsonObject()
                        .put("action", "cancel")
                        .put("allowed", true)
                        .put(
                            "path",
                            undone(
                                "CancelRequested",
                                "CANCELLED",
                                "CANCELLED_BY_CUSTOMER",
                                "OrderCancelled"))));
  }

  private static JsonObject undone(String signal, String outcome, String reason, String event) {
    return path(
        outcome,
        reason,
        move(signal, "RefundPayment"),
        move("PaymentRefunded", "ReleaseStock"),
        move("StockReleased", event));
  }

  private static JsonObject path(String outcome, @Nullable String reason, JsonObject... moves) {
    JsonObject path =
        new JsonObject().put("moves", new JsonArray(List.of(moves))).put("outcome", outcome);
    return reason == null ? path : path.put("reason", reason);
  }

  private static JsonObject move(String signal, String type) {
    return new JsonObject()
        .put("signal", signal)
        .put(
            "sends",
            new JsonArray().add(new JsonObject().put("topic", "a.topic").put("type", type)))
        .put("status", "RUNNING")
        .put("step", "charge-payment")
        .put("attempt", 1);
  }

  /** Undoes the order immediately, as the shown path says. */
  private void cancel(RoutingContext request) {
    JsonObject order = order(request);
    if (order == null) {
      json(request, 404, new JsonObject());
      return;
    }
    writes.add("cancel " + order.getString("orderId"));
    JsonArray timeline =
        placing()
            .add(
                transition(3, "CancelRequested", "COMPENSATING", "charge-payment", "RefundPayment"))
            .add(transition(4, "PaymentRefunded", "COMPENSATING", "reserve-stock", "ReleaseStock"))
            .add(transition(5, "StockReleased", "COMPENSATED", "reserve-stock", "OrderCancelled"));
    JsonObject cancelled =
        order
            .copy()
            .put("status", "CANCELLED")
            .put("reason", "CANCELLED_BY_CUSTOMER")
            .put("endedAt", "2026-11-30T12:00:01.000Z")
            .put("saga", saga("COMPENSATED", "reserve-stock", timeline));
    orders.put(order.getString("orderId"), cancelled);
    json(request, 202, cancelled);
  }

  private void messages(RoutingContext request) {
    json(
        request,
        200,
        new JsonObject()
            .put("status", request.pathParam("id").equals(STUCK_ORDER) ? stuckStatus : "RUNNING")
            .put(
                "messages",
                new JsonArray()
                    .add(
                        new JsonObject()
                            .put("id", UUID.randomUUID().toString())
                            .put("sequence", 1)
                            .put("topic", "inventory.commands")
                            .put("type", "dev.converge.inventory.ReserveStock.v1")
                            .put("at", BEGAN))));
  }

  private static JsonObject definition() {
    return new JsonObject()
        .put("maxAttempts", 12)
        .put(
            "steps",
            new JsonArray()
                .add(step("reserve-stock", "ReserveStock", "ReleaseStock"))
                .add(step("charge-payment", "ChargePayment", "RefundPayment"))
                .add(step("ship-stock", "ShipStock", "none")));
  }

  private static JsonObject step(String name, String command, String undo) {
    return new JsonObject().put("name", name).put("command", command).put("undo", undo);
  }

  // --- attention ---

  /** From now on, a saga is stuck, a message is parked, and an audit has a finding. */
  void needAttention() {
    hasAttention = true;
    stuckStatus = "STUCK";
    isResolved = false;
  }

  void needNothing() {
    hasAttention = false;
  }

  private static JsonObject stuckSaga() {
    return new JsonObject()
        .put("orderId", STUCK_ORDER)
        .put("status", "STUCK")
        .put("step", "ship-stock");
  }

  private JsonObject stuckOrder() {
    JsonArray timeline =
        placing().add(transition(3, "PaymentCharged", "RUNNING", "ship-stock", "ShipStock"));
    if (stuckStatus.equals("STUCK")) {
      timeline.add(transition(4, "DeadlinePassed", "STUCK", "ship-stock", ""));
    }
    return new JsonObject()
        .put("orderId", STUCK_ORDER)
        .put("status", "PENDING")
        .put("protocol", "saga")
        .put("currency", "EUR")
        .put("totalMinor", 2_580)
        .put("lines", new JsonArray())
        .put("placedAt", BEGAN)
        .put("links", new JsonObject())
        .put("saga", saga(stuckStatus, "ship-stock", timeline))
        .put(
            "next",
            new JsonObject()
                .put("awaits", "StockShipped")
                .put("attempt", 1)
                .put("of", 12)
                .put("onReply", path("COMPLETED", null, move("StockShipped", "OrderCompleted")))
                .put(
                    "actions",
                    new JsonArray()
                        .add(
                            new JsonObject()
                                .put("action", "cancel")
                                .put("allowed", false)
                                .put("why", "the order is paid"))
                        .add(
                            new JsonObject()
                                .put("action", "retry")
                                .put("allowed", true)
                                .put(
                                    "path",
                                    path(
                                        "COMPLETED",
                                        null,
                                        move("RetryRequested", "ShipStock"),
                                        move("StockShipped", "OrderCompleted"))))));
  }

  private void stuck(RoutingContext request) {
    json(request, 200, hasAttention && stuckStatus.equals("STUCK") ? page(stuckSaga()) : page());
  }

  private void retry(RoutingContext request) {
    JsonObject body = request.body().asJsonObject();
    writes.add("retry " + request.pathParam("id") + " " + body.encode());
    stuckStatus = "RUNNING";
    json(request, 202, stuckOrder());
  }

  private JsonObject summary() {
    return new JsonObject()
        .put("deadLetterId", LETTER)
        .put("topic", "inventory.commands")
        .put("partition", 3)
        .put("offset", 17)
        .put("key", HOSTILE)
        .put("type", HOSTILE)
        .put("reason", "not JSON: " + HOSTILE)
        .put("parkedAt", BEGAN);
  }

  private void letters(RoutingContext request) {
    json(request, 200, hasAttention ? page(summary()) : page());
  }

  private void letter(RoutingContext request) {
    json(request, 200, summary().put("payload", HOSTILE).put("headers", new JsonArray()));
  }

  private void replay(RoutingContext request) {
    writes.add("replay " + request.pathParam("id"));
    json(request, 409, new JsonObject().put("status", 409).put("detail", NOT_HANDLED));
  }

  private void transactions(RoutingContext request) {
    JsonArray branches = new JsonArray();
    if (hasAttention && !isResolved) {
      branches.add(
          new JsonObject()
              .put("gid", IN_DOUBT)
              .put("state", "PREPARED")
              .put("ageMillis", 21_000)
              .put("waiters", 3)
              .put("logBytesHeld", 65_536));
    }
    json(request, 200, new JsonObject().put("inDoubt", branches).put("divergent", new JsonArray()));
  }

  private void resolve(RoutingContext request) {
    writes.add("resolve " + request.pathParam("gid") + " " + request.body().asString());
    isResolved = true;
    json(request, 200, new JsonObject().put("state", "ABORTED"));
  }

  private void audit(RoutingContext request) {
    JsonArray findings = new JsonArray();
    if (hasAttention) {
      findings.add(
          new JsonObject()
              .put("check", "sagas-stuck")
              .put("count", 1)
              .put("cases", new JsonArray().add(STUCK_ORDER)));
    }
    json(
        request,
        200,
        new JsonObject().put("findings", findings).put("notChecked", new JsonArray()));
  }

  // --- provider ---

  private void provider(RoutingContext request) {
    json(request, 200, new JsonObject().put("behaviour", behaviour).put("delayMillis", 3_000));
  }

  private void switchProvider(RoutingContext request) {
    behaviour = request.body().asJsonObject().getString("behaviour");
    writes.add("provider " + behaviour);
    provider(request);
  }
}
