package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * The order API's contract, tested on the real service: the life of an order, and its
 * representations.
 */
@OwnPlatform
class OrderApiIT {
  private static final String VALID = OrderApi.body("espresso-beans", 2, "tok_ok");

  private final TestPlatform platform = ProtocolOrders.shared();
  private final OrderApi api = new OrderApi(platform);

  @Test
  void acceptsAnOrderAndReturnsItsLocation() {
    Answer answer = api.post(VALID, "Idempotency-Key", OrderApi.newKey());

    assertThat(answer.status()).isEqualTo(202);
    String orderId = answer.body().path("orderId").asText();
    assertThat(answer.header("Location")).isEqualTo("/orders/" + orderId);
    assertThat(answer.header("Retry-After")).isEqualTo("1");
    assertThat(answer.header("X-Trace-Id")).hasSize(32);
    assertThat(answer.body().path("status").asText()).isEqualTo("PENDING");
    assertThat(answer.body().path("totalMinor").asLong()).isEqualTo(2 * 1290);

    JsonNode ended = api.awaitEnd(orderId, Duration.ofSeconds(60));
    assertThat(ended.path("status").asText()).isEqualTo("COMPLETED");
    assertThat(ended.path("saga").path("timeline"))
        .extracting(transition -> transition.path("signal").asText())
        .containsExactly("OrderPlaced", "StockReserved", "PaymentCharged", "StockShipped");
  }

  @Test
  void waitsForTheOutcomeIfTheClientAsks() {
    String key = OrderApi.newKey();
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
  void totalsOfARangeAreGroupedByOutcome() {
    String first = api.place("espresso-beans", 2, "tok_ok");
    String rejected = api.place("espresso-beans", 1, "tok_declined");
    String second = api.place("moka-pot", 1, "tok_ok");
    List.of(first, rejected, second).forEach(id -> api.awaitEnd(id, Duration.ofSeconds(60)));
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
    assertThat(totals(rejected, second).path("completed"))
        .as("orders beyond the range are excluded")
        .isEmpty();

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

    JsonNode order = api.awaitEnd(orderId, Duration.ofSeconds(60));

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
    JsonNode order = api.awaitEnd(orderId, Duration.ofSeconds(60));

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
            for (int i = 0; i < 6; i++) {
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
        .atMost(Duration.ofSeconds(60))
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
    api.awaitEnd(orderId, Duration.ofSeconds(60));

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

    assertThat(api.awaitEnd(orderId, Duration.ofSeconds(60)).path("status").asText())
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
