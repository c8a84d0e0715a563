package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The order API's contract, asked of the real service: good input, bad input, repeated input. */
@Order(3)
class OrderApiIT {
  private static final String VALID = OrderApi.body("espresso-beans", 2, "tok_ok");

  private final TestPlatform platform = TestPlatform.shared();
  private final OrderApi api = new OrderApi(platform);
  private final Convergence convergence = new Convergence(platform);

  private static String newKey() {
    return UUID.randomUUID().toString();
  }

  @Test
  void acceptsAnOrderAndSaysWhereItIs() {
    Answer answer = api.post(VALID, "Idempotency-Key", newKey());

    assertThat(answer.status()).isEqualTo(202);
    String orderId = answer.body().path("orderId").asText();
    assertThat(answer.header("Location")).isEqualTo("/orders/" + orderId);
    assertThat(answer.header("Retry-After")).isEqualTo("1");
    assertThat(answer.header("X-Trace-Id")).hasSize(32);
    assertThat(answer.body().path("status").asText()).isEqualTo("PENDING");
    assertThat(answer.body().path("totalMinor").asLong()).isEqualTo(2 * 1290);

    JsonNode ended = api.awaitEnd(orderId, Duration.ofSeconds(30));
    assertThat(ended.path("status").asText()).isEqualTo("COMPLETED");
    assertThat(ended.path("saga").path("timeline"))
        .extracting(transition -> transition.path("signal").asText())
        .containsExactly("OrderPlaced", "StockReserved", "PaymentCharged", "StockShipped");
  }

  @Test
  void waitsForTheOutcomeIfTheClientAsks() {
    String key = newKey();
    Answer answer = api.post(VALID, "Idempotency-Key", key, "Prefer", "wait=15");
    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.header("Preference-Applied")).isEqualTo("wait");
    assertThat(answer.body().path("status").asText()).isEqualTo("COMPLETED");

    Answer replayed = api.post(VALID, "Idempotency-Key", key, "Prefer", "wait=15");
    assertThat(replayed.status()).isEqualTo(201);
    assertThat(replayed.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(replayed.raw().body()).isEqualTo(answer.raw().body());

    // Without the header the answer is the same: the order as it was accepted.
    Answer unhurried = api.post(VALID, "Idempotency-Key", key);
    assertThat(unhurried.status()).isEqualTo(202);
    assertThat(unhurried.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(unhurried.header("Preference-Applied")).isEmpty();
    assertThat(unhurried.header("Location")).isEqualTo(answer.header("Location"));
    assertThat(unhurried.body().path("status").asText()).isEqualTo("PENDING");
  }

  @Test
  void aRepeatedRequestIsAnsweredByteForByteAndMakesNoSecondOrder() {
    String key = newKey();
    Answer first = api.post(VALID, "Idempotency-Key", key);
    api.awaitEnd(first.body().path("orderId").asText(), Duration.ofSeconds(30));

    // The quoted form of the draft is the same key, and so is the same JSON written otherwise.
    Answer again = api.post(VALID.replace(",", " , "), "Idempotency-Key", "\"" + key + "\"");

    assertThat(again.status()).isEqualTo(202);
    assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(again.header("Retry-After")).isEqualTo(first.header("Retry-After"));
    assertThat(again.header("Location")).isEqualTo(first.header("Location"));
    assertThat(again.raw().body()).isEqualTo(first.raw().body());
  }

  @Test
  void aKeyUsedForAnotherRequestIsRefused() {
    String key = newKey();
    api.post(VALID, "Idempotency-Key", key);

    Answer other = api.post(OrderApi.body("moka-pot", 1, "tok_ok"), "Idempotency-Key", key);

    assertThat(other.status()).isEqualTo(422);
    assertThat(other.body().path("type").asText()).isEqualTo("/problems/idempotency-key-reused");
  }

  @Test
  void aThousandConcurrentRequestsWithOneKeyMakeOneOrderAndGetEqualAnswers() throws Exception {
    String key = newKey();
    int requests = 1_000;
    ExecutorService clients = Executors.newFixedThreadPool(requests);
    CountDownLatch ready = new CountDownLatch(requests);
    try {
      Callable<Answer> request =
          () -> {
            ready.countDown();
            assertThat(ready.await(60, TimeUnit.SECONDS)).isTrue();
            return postUntilAdmitted(VALID, key);
          };
      List<Future<Answer>> answers =
          clients.invokeAll(IntStream.range(0, requests).mapToObj(i -> request).toList());
      Set<String> different = new HashSet<>();
      for (Future<Answer> answer : answers) {
        assertThat(answer.get().status()).isEqualTo(202);
        different.add(answer.get().header("location") + answer.get().raw().body());
      }
      assertThat(different).hasSize(1);
    } finally {
      clients.shutdownNow();
    }
    assertThat(
            convergence.strings(
                "order", "SELECT order_id::text FROM idempotency_key WHERE key = '" + key + "'"))
        .hasSize(1);
  }

  @Test
  void aHotSkuIsSoldExactlyAsOftenAsItIsInStock() throws Exception {
    String sku = "hot-" + newKey().substring(0, 8);
    api.setStock(sku, 1_000);
    ExecutorService clients = Executors.newFixedThreadPool(32);
    try {
      Callable<Boolean> order = () -> placed(OrderApi.body(sku, 1, "tok_ok"));
      List<Future<Boolean>> placed =
          clients.invokeAll(IntStream.range(0, 5_000).mapToObj(i -> order).toList());
      for (Future<Boolean> accepted : placed) {
        assertThat(accepted.get()).isTrue();
      }
    } finally {
      clients.shutdownNow();
    }
    String byStatus =
        "SELECT status, count(*) FROM orders WHERE lines->0->>'sku' = '" + sku + "' GROUP BY 1";
    Awaitility.await("the end of 5,000 orders")
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(
            () ->
                assertThat(convergence.longs("order", byStatus))
                    .isEqualTo(Map.of("COMPLETED", 1_000L, "REJECTED", 4_000L)));
    assertThat(api.stock(sku).path("available").asLong()).isZero();
    assertThat(api.stock(sku).path("reserved").asLong()).isZero();
    assertThat(api.stock(sku).path("shipped").asLong()).isEqualTo(1_000);
  }

  @Test
  void aHundredSimultaneousOrdersForAHotSkuAreAcceptedAtTheFirstAttempt() throws Exception {
    String sku = "hot-" + newKey().substring(0, 8);
    api.setStock(sku, 40);
    ExecutorService clients = Executors.newFixedThreadPool(16);
    try {
      Callable<String> order = () -> api.place(sku, 1, "tok_ok");
      List<Future<String>> placed =
          clients.invokeAll(IntStream.range(0, 100).mapToObj(i -> order).toList());
      int completed = 0;
      for (Future<String> orderId : placed) {
        String status = api.awaitEnd(orderId.get(), Duration.ofSeconds(60)).path("status").asText();
        completed += status.equals("COMPLETED") ? 1 : 0;
      }
      assertThat(completed).isEqualTo(40);
    } finally {
      clients.shutdownNow();
    }
    assertThat(api.stock(sku).path("available").asLong()).isZero();
    assertThat(api.stock(sku).path("reserved").asLong()).isZero();
    assertThat(api.stock(sku).path("shipped").asLong()).isEqualTo(40);
  }

  private boolean placed(String body) {
    return postUntilAdmitted(body, newKey()).status() < 300;
  }

  /** Posts an order, again with the same key where the service has too much to do. */
  private Answer postUntilAdmitted(String body, String key) {
    return Awaitility.await("an order to be admitted")
        .atMost(Duration.ofMinutes(2))
        .pollInSameThread()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> api.post(body, "Idempotency-Key", key), answer -> answer.status() != 503);
  }

  @Test
  void totalsOfARangeAreGroupedByOutcome() {
    String first = api.place("espresso-beans", 2, "tok_ok");
    String rejected = api.place("espresso-beans", 1, "tok_declined");
    String second = api.place("moka-pot", 1, "tok_ok");
    List.of(first, rejected, second).forEach(id -> api.awaitEnd(id, Duration.ofSeconds(30)));
    long sum =
        Stream.of(first, second).mapToLong(id -> api.order(id).path("totalMinor").asLong()).sum();
    String pending = api.place("espresso-beans", 1, "tok_slow");

    JsonNode totals = totals(first, after(pending));
    assertThat(totals.path("completed")).hasSize(1);
    assertThat(totals.at("/completed/0/currency").asText()).isEqualTo("EUR");
    assertThat(totals.at("/completed/0/orders").asLong()).isEqualTo(2);
    assertThat(totals.at("/completed/0/sumMinor").asText()).isEqualTo(Long.toString(sum));
    assertThat(totals.at("/completed/0/checksum").asText())
        .isEqualTo(Long.toString(weighted(first) + weighted(second)));
    assertThat(totals.path("firstCompleted").asText()).isEqualTo(first);
    assertThat(totals.path("pending")).singleElement().isEqualTo(new TextNode(pending));
    assertThat(totals.path("morePending").asBoolean()).isFalse();
    assertThat(totals(rejected, second).path("completed")).as("beyond is left out").isEmpty();

    api.awaitEnd(pending, Duration.ofSeconds(60));
    assertThat(totals(first, after(pending)).at("/completed/0/orders").asLong()).isEqualTo(3);
  }

  private long weighted(String orderId) {
    long total = api.order(orderId).path("totalMinor").asLong();
    return (total % 0x7fff_ffffL + 1) * Long.parseLong(orderId.substring(30), 16);
  }

  private JsonNode totals(String from, String before) {
    String path = "/order-totals?from=" + from + "&before=" + before;
    Answer answer = api.send("GET", Part.ORDER_SERVICE, path, null);
    assertThat(answer.status()).isEqualTo(200);
    return answer.body();
  }

  /** The next id. */
  private static String after(String id) {
    UUID one = UUID.fromString(id);
    return new UUID(one.getMostSignificantBits(), one.getLeastSignificantBits() + 1).toString();
  }

  @Test
  void rejectsAnOrderThatIsOutOfStockWithoutACharge() {
    String orderId = api.place("gold-grinder", 1, "tok_ok");

    JsonNode order = api.awaitEnd(orderId, Duration.ofSeconds(30));

    assertThat(order.path("status").asText()).isEqualTo("REJECTED");
    assertThat(order.path("reason").asText()).isEqualTo("OUT_OF_STOCK");
    assertThat(api.payment(orderId).status()).isEqualTo(404);
  }

  @Test
  void cancelBeforeThePivotUndoesInReverseOrderAndIsRepeatable() {
    String orderId = api.place("espresso-beans", 1, "tok_slow");
    api.awaitStep(orderId, "charge-payment");

    String cancel = "/orders/" + orderId + "/cancel";
    assertThat(api.send("POST", Part.ORDER_SERVICE, cancel, null).status()).isEqualTo(202);
    JsonNode order = api.awaitEnd(orderId, Duration.ofSeconds(30));

    assertThat(order.path("status").asText()).isEqualTo("CANCELLED");
    assertThat(order.path("saga").path("timeline"))
        .extracting(transition -> transition.path("sent").asText())
        .containsExactly(
            "ReserveStock", "ChargePayment", "RefundPayment", "ReleaseStock", "OrderCancelled");
    assertThat(api.send("POST", Part.ORDER_SERVICE, cancel, null).status()).isEqualTo(202);
  }

  @Test
  void everyAnswerIsOneSnapshotOfOrderSagaAndTimeline() throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(4);
    try {
      // Short courses, so that many transitions fall between the reads.
      Callable<Void> client =
          () -> {
            for (int i = 0; i < 12; i++) {
              String orderId = api.place("gold-grinder", 1, "tok_ok");
              api.send("POST", Part.ORDER_SERVICE, "/orders/" + orderId + "/cancel", null);
              agreesUntilItHasEnded(orderId);
              agreesUntilItHasEnded(api.place("espresso-beans", 1, "tok_ok"));
            }
            return null;
          };
      for (Future<Void> done : clients.invokeAll(List.of(client, client, client, client))) {
        done.get();
      }
    } finally {
      clients.shutdownNow();
    }
  }

  private void agreesUntilItHasEnded(String orderId) {
    Awaitility.await("order " + orderId)
        .atMost(Duration.ofSeconds(30))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> agrees(api.order(orderId)).path("status").asText(), s -> !s.equals("PENDING"));
  }

  private static JsonNode agrees(JsonNode order) {
    JsonNode saga = order.path("saga");
    JsonNode timeline = saga.path("timeline");
    JsonNode last = timeline.path(timeline.size() - 1);
    String sagaStatus = saga.path("status").asText();
    boolean sagaHasEnded = Set.of("COMPLETED", "COMPENSATED").contains(sagaStatus);

    assertThat(order.path("version").asInt()).as("%s", order).isEqualTo(timeline.size());
    assertThat(saga.path("version")).as("%s", order).isEqualTo(order.path("version"));
    for (String field : List.of("version", "status", "step", "attempt")) {
      assertThat(last.path(field)).as("%s of %s", field, order).isEqualTo(saga.path(field));
    }
    assertThat(order.path("status").asText().equals("PENDING"))
        .as("%s", order)
        .isEqualTo(!sagaHasEnded);
    assertThat(order.has("endedAt")).as("%s", order).isEqualTo(sagaHasEnded);
    return order;
  }

  @Test
  void refusesToCancelAPaidOrder() {
    String orderId = api.place("espresso-beans", 1, "tok_ok");
    api.awaitEnd(orderId, Duration.ofSeconds(30));

    Answer refused = api.send("POST", Part.ORDER_SERVICE, "/orders/" + orderId + "/cancel", null);

    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.body().path("type").asText()).isEqualTo("/problems/order-not-cancellable");
  }

  @Test
  void listsOrdersInPagesNewestFirst() {
    List<String> placed =
        List.of(
            api.place("espresso-beans", 1, "tok_ok"),
            api.place("espresso-beans", 1, "tok_ok"),
            api.place("espresso-beans", 1, "tok_ok"));

    JsonNode first = api.send("GET", Part.ORDER_SERVICE, "/orders?limit=2", null).body();
    JsonNode second = api.send("GET", Part.ORDER_SERVICE, first.path("next").asText(), null).body();

    assertThat(first.path("items"))
        .extracting(o -> o.path("orderId").asText())
        .containsExactly(placed.get(2), placed.get(1));
    assertThat(second.path("items").path(0).path("orderId").asText()).isEqualTo(placed.get(0));
  }

  @Test
  void chargesOnceIfTheAnswerOfTheProviderIsLost() {
    String orderId = api.place("espresso-beans", 1, "tok_answer_lost");

    assertThat(api.awaitEnd(orderId, Duration.ofSeconds(40)).path("status").asText())
        .isEqualTo("COMPLETED");
    assertThat(api.charge(orderId).path("status").asText()).isEqualTo("CHARGED");
    assertThat(api.charge(orderId).path("requests").asInt()).isGreaterThanOrEqualTo(2);
  }

  @Test
  void rejectsAnOrderWhoseProviderStaysUnavailableWithoutACharge() {
    String orderId = api.place("espresso-beans", 1, "tok_unavailable");

    JsonNode order = api.awaitEnd(orderId, Duration.ofSeconds(60));

    assertThat(order.path("status").asText()).isEqualTo("REJECTED");
    assertThat(order.path("reason").asText()).isEqualTo("PAYMENT_UNAVAILABLE");
    assertThat(api.charge(orderId).path("status").asText()).isEqualTo("VOIDED");
    assertThat(api.charge(orderId).has("currency")).isFalse();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          malformed JSON          | {"customerId":                                      | 400 | malformed-json |
          two values              | {} {}                                               | 400 | malformed-json |
          not an object           | []                                                  | 400 | invalid-body   |
          null                    | null                                                | 400 | invalid-body   |
          empty object            | {}                                                  | 400 | invalid-body   | /customerId
          unknown field           | {"customerId":"ada","status":"COMPLETED"}           | 400 | invalid-body   | /status
          duplicate field         | {"customerId":"ada","customerId":"bob"}             | 400 | invalid-body   | /customerId
          quantity of 35 digits   | {"lines":[{"quantity":99999999999999999999999999999999999}]} | 400 | invalid-body | /lines/0/quantity
          blank                   | ` `                                                 | 400 | invalid-body   |
          wrong type              | {"customerId":7}                                    | 400 | invalid-body   | /customerId
          quantity as text        | {"lines":[{"quantity":"2"}]}                        | 400 | invalid-body   | /lines/0/quantity
          quantity as fraction    | {"lines":[{"quantity":1.5}]}                        | 400 | invalid-body   | /lines/0/quantity
          quantity out of range   | {"lines":[{"quantity":99999999999}]}                | 400 | invalid-body   | /lines/0/quantity
          NaN                     | {"lines":[{"quantity":NaN}]}                        | 400 | malformed-json |
          too deep                | {"lines":[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]} | 400 | |
          """)
  void badBodiesGetAProblemThatNamesTheFieldAndChangeNothing(
      String name, String body, int status, String type, String pointer) {
    refused(body, status, type, pointer);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          zero             | "quantity":2           | "quantity":0                  | /lines/0/quantity
          negative         | "quantity":2           | "quantity":-1                 | /lines/0/quantity
          huge             | "quantity":2           | "quantity":10001              | /lines/0/quantity
          free             | "unitPriceMinor":1290  | "unitPriceMinor":0            | /lines/0/unitPriceMinor
          negative price   | "unitPriceMinor":1290  | "unitPriceMinor":-5           | /lines/0/unitPriceMinor
          huge price       | "unitPriceMinor":1290  | "unitPriceMinor":1000000000001 | /lines/0/unitPriceMinor
          no currency      | "EUR"                  | "EURO"                        | /currency
          no customer      | "ada"                  | ""                            | /customerId
          odd customer     | "ada"                  | "a b"                         | /customerId
          NUL              | "ada"                  | "a\\u0000"                    | /customerId
          odd SKU          | "espresso-beans"       | "../etc/passwd"               | /lines/0/sku
          odd token        | "tok_ok"               | "4111111111111111"            | /paymentToken
          """)
  void brokenRulesGetAProblemThatNamesTheFieldAndChangeNothing(
      String name, String from, String to, String pointer) {
    refused(VALID.replace(from, to), 422, "unprocessable", pointer);
  }

  private void refused(
      String body,
      int status,
      @org.jspecify.annotations.Nullable String type,
      @org.jspecify.annotations.Nullable String pointer) {
    Map<String, Long> before = rows();
    String key = newKey();

    Answer answer = api.post(body, "Idempotency-Key", key);

    assertThat(answer.status()).as(answer.raw().body()).isEqualTo(status);
    assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(answer.body().path("traceId").asText()).hasSize(32);
    if (type != null) {
      assertThat(answer.body().path("type").asText()).isEqualTo("/problems/" + type);
    }
    if (pointer != null) {
      assertThat(answer.body().path("errors"))
          .extracting(error -> error.path("pointer").asText())
          .contains(pointer);
    }
    assertThat(rows()).isEqualTo(before);
    // A refused request does not use up its key.
    assertThat(api.post(VALID, "Idempotency-Key", key).status()).isEqualTo(202);
  }

  private Map<String, Long> rows() {
    return convergence.longs(
        "order",
        """
        SELECT 'orders', count(*) FROM orders UNION ALL SELECT 'keys', count(*) FROM idempotency_key
        UNION ALL SELECT 'sagas', count(*) FROM saga
        """);
  }

  @Test
  void wrongMediaTypesAndOversizeBodiesAreRefused() {
    assertThat(
            api.send(
                    "POST",
                    Part.ORDER_SERVICE,
                    "/orders",
                    null,
                    "Idempotency-Key",
                    newKey(),
                    "Content-Type",
                    "text/plain")
                .status())
        .isEqualTo(415);
    String tooLarge = VALID.replace("ada", "a".repeat(70_000));
    assertThat(api.post(tooLarge, "Idempotency-Key", newKey()).status()).isEqualTo(413);
    assertThat(api.post(VALID, "Idempotency-Key", newKey(), "X-Filler", "x".repeat(9_000)).status())
        .isEqualTo(431);
    assertThat(
            api.send("GET", Part.ORDER_SERVICE, "/orders?limit=" + "1".repeat(5_000), null)
                .status())
        .isEqualTo(414);
  }

  @Test
  void idempotencyKeysAreRequiredAndChecked() {
    assertThat(api.post(VALID).body().path("type").asText())
        .isEqualTo("/problems/idempotency-key-missing");
    for (String key : List.of("\"\"", "\"abc", "two words", "x".repeat(256))) {
      Answer answer = api.post(VALID, "Idempotency-Key", key);
      assertThat(answer.status()).as(key).isEqualTo(400);
      assertThat(answer.body().path("type").asText())
          .isEqualTo("/problems/idempotency-key-invalid");
    }
    assertThat(api.post(VALID, "Idempotency-Key", newKey(), "Idempotency-Key", newKey()).status())
        .isEqualTo(400);
  }

  @Test
  void unknownResourcesAreNotFoundAndInvalidIdsAreNamed() {
    assertThat(api.send("GET", Part.ORDER_SERVICE, "/orders/" + UUID.randomUUID(), null).status())
        .isEqualTo(404);
    assertThat(api.send("GET", Part.ORDER_SERVICE, "/nothing", null).status()).isEqualTo(404);
    for (String bad :
        List.of(
            "/orders/7",
            "/orders?limit=0",
            "/orders?limit=x",
            "/orders?status=X",
            "/orders?before=1",
            "/orders?page=2",
            "/orders/" + UUID.randomUUID() + "?limit=1",
            "/sagas/stuck?limit=1")) {
      Answer answer = api.send("GET", Part.ORDER_SERVICE, bad, null);
      assertThat(answer.status()).as(bad).isEqualTo(400);
      assertThat(answer.body().path("errors").path(0).path("pointer").asText()).isNotEmpty();
    }
    for (String bad : List.of("/stock?limit=0", "/stock/x?after=y")) {
      assertThat(api.send("GET", Part.INVENTORY_SERVICE, bad, null).status())
          .as(bad)
          .isEqualTo(400);
    }
    assertThat(api.send("GET", Part.ORDER_SERVICE, "/orders/%2e%2e", null).status()).isEqualTo(404);
    assertThat(
            api.send("GET", Part.PAYMENT_SERVICE, "/provider", null, "Accept", "application/xml")
                .status())
        .isEqualTo(406);
    Answer wrongMethod = api.send("DELETE", Part.ORDER_SERVICE, "/orders", null);
    assertThat(wrongMethod.status()).isEqualTo(405);
    assertThat(wrongMethod.header("Allow").split(", ")).contains("GET", "POST");
    assertThat(api.send("PUT", Part.INVENTORY_SERVICE, "/stock/x", "{\"available\":-1}").status())
        .isEqualTo(422);
  }

  @Test
  void everyServiceShowsHealthMetricsAndItsContract() {
    for (Part service : Topology.serviceParts()) {
      assertThat(api.send("GET", service, "/livez", null).status()).isEqualTo(200);
      assertThat(api.send("GET", service, "/readyz", null).status()).isEqualTo(200);
      assertThat(api.send("GET", service, "/openapi.json", null).body().path("openapi").asText())
          .startsWith("3.1");
      Set<String> metrics =
          api.send("GET", service, "/metrics", null)
              .raw()
              .body()
              .lines()
              .map(line -> line.replaceAll("[{ ].*", ""))
              .collect(Collectors.toSet());
      assertThat(metrics)
          .contains(
              "inbox_messages_handled_total", "outbox_connector_running", "jvm_memory_used_bytes");
    }
  }
}
