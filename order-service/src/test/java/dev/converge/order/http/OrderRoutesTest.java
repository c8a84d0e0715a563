package dev.converge.order.http;

import static dev.converge.testkit.DeployedApi.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.order.InMemoryOrders;
import dev.converge.order.OrderApiServer;
import dev.converge.order.domain.Order;
import dev.converge.order.saga.ParticipantMessages.StockRefused;
import dev.converge.order.saga.SagaBatch.Event;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaSignal.Replied;
import dev.converge.order.saga.SagaStatus;
import dev.converge.testkit.DeployedApi;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: each outcome of a use case has its status, its headers and its body. Method: the routes
 * behind a real server, on tables in memory that the tests of this class share; each has orders of
 * its own.
 */
class OrderRoutesTest {
  private static final OrderApiServer SERVER = new OrderApiServer();
  private static final DeployedApi API = SERVER.api();
  private static final InMemoryOrders ORDERS = SERVER.orders();
  private static final AtomicInteger IDS = new AtomicInteger();
  private static final String BY_EVE = "{\"operator\":\"eve\",\"reason\":\"ticket 7\"}";

  private final Order order = InMemoryOrders.order(IDS.incrementAndGet());
  private final String key = "key-" + IDS.get();

  @AfterAll
  static void close() {
    SERVER.close();
  }

  private static String body(String customer) {
    return """
        {"customerId":"%s","currency":"EUR","paymentToken":"tok_ok",
         "lines":[{"sku":"mug","quantity":2,"unitPriceMinor":900}]}
        """
        .formatted(customer);
  }

  private HttpResponse<String> place(String customer) {
    return API.post("/orders", body(customer), "Idempotency-Key", key);
  }

  private static JsonObject json(HttpResponse<String> answer) {
    return new JsonObject(answer.body());
  }

  private static String header(HttpResponse<String> answer, String name) {
    return answer.headers().firstValue(name).orElse("none");
  }

  private void put(SagaStatus status, String step) {
    ORDERS.put(new SagaInstance(order.orderId(), status, step, 1, null, 4, 4, null));
  }

  @Test
  void placedOrderIsAcceptedWithItsAddress() {
    HttpResponse<String> answer = place("ada");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    String orderId = json(answer).getString("orderId");
    assertThat(header(answer, "Location")).isEqualTo("/orders/" + orderId);
    assertThat(header(answer, "Retry-After")).isEqualTo("1");
    assertThat(json(answer).getString("status")).isEqualTo("PENDING");
    assertThat(json(answer).getLong("totalMinor")).isEqualTo(1_800);
    assertThat(ORDERS.stored(UUID.fromString(orderId))).isPresent();
  }

  @Test
  void repeatedRequestIsMarkedAndHasTheSameBody() {
    HttpResponse<String> first = place("ada");

    HttpResponse<String> second = place("ada");

    assertThat(second.statusCode()).isEqualTo(202);
    assertThat(header(first, "Idempotency-Replayed")).isEqualTo("none");
    assertThat(header(second, "Idempotency-Replayed")).isEqualTo("true");
    assertThat(second.body()).isEqualTo(first.body());
  }

  @Test
  void keyOfAnotherRequestIsRefused() {
    assertThat(place("ada").statusCode()).isEqualTo(202);

    assertProblem(place("bob"), 422, "idempotency-key-reused");
  }

  @Test
  void requestThatWaitsIsAnsweredWhenItsOrderEnds() {
    String orderId = json(place("ada")).getString("orderId");
    ORDERS.database().clearStatements();
    CompletableFuture<HttpResponse<String>> waiting =
        API.startPost("/orders", body("ada"), "Idempotency-Key", key, "Prefer", "wait=10");
    Awaitility.await().until(() -> ORDERS.database().statements().contains("find order"));
    assertThat(waiting).isNotDone();

    reject(UUID.fromString(orderId));

    HttpResponse<String> answer = DeployedApi.answer(waiting);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    assertThat(header(answer, "Preference-Applied")).isEqualTo("wait");
    assertThat(json(answer).getString("status")).isEqualTo("REJECTED");
    assertThat(json(answer).getString("reason")).isEqualTo("OUT_OF_STOCK");
  }

  @Test
  void eventThatAnnouncesNoEndOfTheOrderDoesNotEndTheWait() {
    double before = ORDERS.count("orders.waits", "seen", "event");
    String orderId = json(place("ada")).getString("orderId");
    ORDERS.database().clearStatements();
    CompletableFuture<HttpResponse<String>> waiting =
        API.startPost("/orders", body("ada"), "Idempotency-Key", key, "Prefer", "wait=10");
    Awaitility.await().until(() -> ORDERS.database().statements().contains("find order"));

    ORDERS.database().clearStatements();
    ORDERS.outcomes().endedElsewhere(UUID.fromString(orderId));
    Awaitility.await().until(() -> ORDERS.database().statements().contains("find order"));
    assertThat(waiting).isNotDone();
    reject(UUID.fromString(orderId));

    assertThat(DeployedApi.answer(waiting).statusCode()).isEqualTo(201);
    assertThat(ORDERS.count("orders.waits", "seen", "event")).isEqualTo(before);
  }

  private static void reject(UUID orderId) {
    Event refused =
        new Event(orderId, new Replied(new StockRefused(orderId, "OUT_OF_STOCK", "mug")));
    SERVER
        .loop()
        .run(
            () ->
                ORDERS
                    .database()
                    .pool()
                    .withTransaction(tx -> ORDERS.engine().signal(tx, List.of(refused)))
                    .onSuccess(signalled -> signalled.afterCommit().run()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/orders/", "/sagas/"})
  void unknownOrderIsNotFound(String path) {
    assertProblem(API.get(path + new UUID(7, 7)), 404, "not-found");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/orders/%s/cancel", "/sagas/%s/retry", "/sagas/%s/skip"})
  void signalToAnUnknownOrderIsNotFound(String path) {
    assertProblem(API.post(path.formatted(new UUID(7, 7)), BY_EVE), 404, "not-found");
  }

  @Test
  void orderIsShownWithItsSagaAndTimeline() {
    ORDERS.place(order);

    JsonObject shown = json(API.get("/orders/" + order.orderId()));

    assertThat(shown.getString("orderId")).isEqualTo(order.orderId().toString());
    assertThat(shown.getJsonObject("links").getString("cancel")).endsWith("/cancel");
    JsonObject saga = shown.getJsonObject("saga");
    assertThat(saga.getString("status")).isEqualTo("RUNNING");
    assertThat(saga.getJsonArray("timeline").getJsonObject(0).getString("signal"))
        .isEqualTo("OrderPlaced");
  }

  @Test
  void sagaIsShownWithTheAwaitedReplyAndItsMessages() {
    ORDERS.place(order);

    JsonObject shown = json(API.get("/sagas/" + order.orderId()));

    assertThat(shown.getString("awaits")).isEqualTo("StockReserved");
    assertThat(shown.getJsonArray("messages").getJsonObject(0).getString("type"))
        .isEqualTo("dev.converge.inventory.ReserveStock.v1");
  }

  @Test
  void cancelledOrderIsShownWithItsCompensation() {
    ORDERS.place(order);

    HttpResponse<String> answer = API.post("/orders/" + order.orderId() + "/cancel", "");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    assertThat(json(answer).getJsonObject("saga").getString("status")).isEqualTo("COMPENSATING");
  }

  @Test
  void paidOrderIsNotCancellable() {
    ORDERS.place(order);
    put(SagaStatus.RUNNING, "ship-stock");

    assertProblem(
        API.post("/orders/" + order.orderId() + "/cancel", ""), 409, "order-not-cancellable");
  }

  @ParameterizedTest
  @CsvSource({
    "retry, retry-saga, saga-not-stuck",
    "skip, skip-step, saga-not-stuck",
    "compensate, compensate-saga, saga-not-compensatable"
  })
  void operatorSignalsAStuckSagaOnly(String path, String action, String problem) {
    ORDERS.place(order);
    String target = "/sagas/" + order.orderId() + "/" + path;
    assertProblem(API.post(target, BY_EVE), 409, problem);

    put(SagaStatus.STUCK, "ship-stock");
    assertThat(API.post(target, BY_EVE).statusCode()).isEqualTo(202);

    assertThat(ORDERS.actions())
        .containsSequence(
            "eve " + action + " " + order.orderId() + " REFUSED: the saga is RUNNING",
            "eve " + action + " " + order.orderId() + " DONE");
  }

  @Test
  void operatorGivesNameAndReason() {
    ORDERS.place(order);

    assertProblem(API.post("/sagas/" + order.orderId() + "/retry", "{}"), 400, "invalid-body");
  }

  @Test
  void fullPageNamesTheNext() {
    ORDERS.place(
        Stream.generate(() -> InMemoryOrders.order(IDS.incrementAndGet()))
            .limit(3)
            .toArray(Order[]::new));

    JsonObject page = json(API.get("/orders?limit=2&status=PENDING"));

    String last = page.getJsonArray("items").getJsonObject(1).getString("orderId");
    assertThat(page.getString("next")).isEqualTo("/orders?limit=2&status=PENDING&before=" + last);
    assertThat(json(API.get("/orders?limit=100&before=" + last)).getString("next")).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/orders?limit=0",
        "/orders?status=LOST",
        "/orders?before=1",
        "/orders/1",
        "/order-totals?from=00000000-0000-7000-8000-000000000000",
        "/order-totals?from=00000000-0001-7000-8000-000000000000"
            + "&before=00000000-0000-7000-8000-000000000000"
      })
  void parametersThatAreNotAcceptableAreRefused(String target) {
    assertProblem(API.get(target), 400, "invalid-parameter");
  }

  @Test
  void stuckSagasAreListed() {
    ORDERS.place(order);
    put(SagaStatus.STUCK, "ship-stock");

    assertThat(API.get("/sagas/stuck").body()).contains(order.orderId().toString());
  }
}
