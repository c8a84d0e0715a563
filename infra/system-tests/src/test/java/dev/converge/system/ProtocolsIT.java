package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: every protocol brings order, stock and money to the same end, and answers a repeated
 * request alike. Method: one order of each kind on a platform with protocols.
 */
@OwnPlatform
class ProtocolsIT {
  private static final TestPlatform PLATFORM = ProtocolOrders.shared();
  private static final Duration ENDED_WITHIN = Duration.ofSeconds(60);

  private final ProtocolOrders orders = new ProtocolOrders(PLATFORM);
  private final String id = OrderApi.newKey().substring(0, 8);
  private final String sku = "item-" + id;
  private final String wallet = "tok_wallet_" + id + "_";

  private void stockAndMoney(long units, long minor) {
    orders.setStock(sku, units);
    orders.deposit(wallet, 1, minor);
  }

  private Answer post(String protocol, int quantity) {
    return orders.postUntilDecided(protocol, id + quantity, sku, quantity, wallet + 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tcc",
        "2pc",
        "2pc-quorum",
        "3pc",
        "3pc-termination",
        "dual-write",
        "dual-write-call-first"
      })
  void committedOrderTakesStockAndMoneyOnce(String protocol) {
    stockAndMoney(10, 10);

    Answer answer = post(protocol, 3);
    Answer again = post(protocol, 3);

    assertThat(answer.status()).as(answer.raw().body()).isEqualTo(201);
    assertThat(answer.body().path("status").asText()).isEqualTo("COMPLETED");
    assertThat(answer.body().path("protocol").asText()).isEqualTo(protocol);
    assertThat(again.status()).isEqualTo(201);
    assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(again.body()).isEqualTo(answer.body());
    orders.awaitNothingInDoubt(ENDED_WITHIN);
    orders.assertAgree(sku);
    orders.assertNothingIsHeld();
    assertThat(orders.available(sku)).isEqualTo(7);
    assertThat(orders.spent(wallet)).isEqualTo(3);
    assertSettled(answer);
  }

  private void assertSettled(Answer answer) {
    for (String list : List.of("branchesInDoubt", "branchesDivergent", "branchesUnknown")) {
      assertThat(unsettled(answer, list)).as(list).isEmpty();
    }
  }

  private List<String> unsettled(Answer answer, String list) {
    JsonNode branches = order(answer).path("transaction").path(list);
    assertThat(branches.isArray()).as(list).isTrue();
    return StreamSupport.stream(branches.spliterator(), false).map(JsonNode::asText).toList();
  }

  /** Stock and money are each at a service of their own: one has lost its branch, one is paused. */
  @Test
  void storyOfAnOrderNamesTheBranchesThatAreNotAsDecided() {
    stockAndMoney(10, 10);
    Answer answer = post("2pc", 3);
    assertThat(answer.status()).as(answer.raw().body()).isEqualTo(201);
    orders.awaitNothingInDoubt(ENDED_WITHIN);
    String gid = answer.body().path("transaction").path("gid").asText();
    Convergence databases = new Convergence(PLATFORM);
    String branch = " WHERE gid = '" + gid + "'";
    databases.update("inventory", "UPDATE transaction_branch SET state = 'ABORTED'" + branch);
    PLATFORM.platform().pause(Part.PAYMENT_SERVICE);
    try {
      assertThat(unsettled(answer, "branchesInDoubt")).isEmpty();
      assertThat(unsettled(answer, "branchesDivergent")).containsExactly("inventory");
      assertThat(unsettled(answer, "branchesUnknown")).containsExactly("payment");
    } finally {
      PLATFORM.platform().resume(Part.PAYMENT_SERVICE);
      databases.update("inventory", "UPDATE transaction_branch SET state = 'COMMITTED'" + branch);
    }
    Awaitility.await("answers of all services")
        .atMost(ENDED_WITHIN)
        .untilAsserted(() -> assertSettled(answer));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tcc",
        "2pc",
        "2pc-quorum",
        "3pc",
        "3pc-termination",
        "dual-write",
        "dual-write-call-first"
      })
  void orderWithoutStockIsRejected(String protocol) {
    stockAndMoney(2, 10);

    assertRejected(protocol, "OUT_OF_STOCK");
    assertThat(orders.available(sku)).isEqualTo(2);
    assertThat(orders.spent(wallet)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcc", "2pc", "2pc-quorum", "3pc", "3pc-termination"})
  void orderWithoutMoneyIsRejected(String protocol) {
    stockAndMoney(10, 2);

    assertRejected(protocol, "PAYMENT_DECLINED");
    assertThat(orders.available(sku)).isEqualTo(10);
    assertThat(orders.spent(wallet)).isZero();
  }

  private void assertRejected(String protocol, String reason) {
    Answer answer = post(protocol, 3);
    Answer again = post(protocol, 3);
    assertThat(answer.status()).as(answer.raw().body()).isEqualTo(201);
    assertThat(answer.body().path("status").asText()).isEqualTo("REJECTED");
    assertThat(answer.body().path("reason").asText()).isEqualTo(reason);
    assertThat(answer.body().path("transaction").path("decision").asText()).isEqualTo("ABORT");
    assertThat(again.body()).isEqualTo(answer.body());
    orders.awaitNothingInDoubt(ENDED_WITHIN);
    orders.assertAgree(sku);
    orders.assertNothingIsHeld();
  }

  @ParameterizedTest
  @ValueSource(strings = {"dual-write", "dual-write-call-first"})
  void dualWriteWithoutMoneyHasShippedTheStock(String protocol) {
    stockAndMoney(10, 2);

    Answer answer = post(protocol, 3);

    assertThat(answer.body().path("status").asText()).isEqualTo("REJECTED");
    assertThat(orders.available(sku)).isEqualTo(7);
    assertThat(unsettled(answer, "branchesDivergent")).containsExactly("inventory");
  }

  @Test
  void sameKeyWithAnotherProtocolIsAnotherRequest() {
    stockAndMoney(10, 10);

    assertThat(post("2pc", 3).status()).isEqualTo(201);
    assertThat(post("tcc", 3).status()).isEqualTo(422);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcc", "2pc", "2pc-quorum", "3pc"})
  void traceOfAnOrderShowsItsMessages(String protocol) {
    stockAndMoney(10, 10);
    String traceId = traceId(orders.postUntilDecided(protocol, id + 3, sku, 3, wallet + 1));

    Awaitility.await("spans of " + traceId)
        .atMost(ENDED_WITHIN)
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(
            () ->
                assertThat(names(spans(traceId)))
                    .contains("order-service CLIENT prepare", "order-service CLIENT commit")
                    .contains("order-service PRODUCER create order.events")
                    .contains("inventory-service SERVER put /transactions/{gid}")
                    .contains("payment-service SERVER post /transactions/{gid}/commit")
                    .contains("inventory-service SERVER prepare", "payment-service SERVER commit"));
    assertThat(spans(traceId))
        .allSatisfy(
            span ->
                assertThat(span.path("tags").path("converge.protocol").asText())
                    .as(span.path("name").asText())
                    .isEqualTo(protocol));
  }

  @ParameterizedTest
  @ValueSource(strings = {"dual-write", "dual-write-call-first"})
  void traceOfADualWriteShowsItsCalls(String protocol) {
    stockAndMoney(100, 100);
    // A call without an answer in time is not repeated.
    Answer answer =
        Awaitility.await("answers of both services")
            .atMost(ENDED_WITHIN)
            .until(
                () -> orders.post(protocol, OrderApi.newKey(), sku, 3, wallet + 1),
                placed -> placed.status() == 201);

    awaitPeers(traceId(answer), "PREPARE inventory", "PREPARE payment");
  }

  @Test
  void traceShowsTheMessagesToTheQuorum() {
    stockAndMoney(10, 10);
    Answer answer = orders.postUntilDecided("2pc-quorum", id + 3, sku, 3, wallet + 1);

    awaitPeers(traceId(answer), "PROPOSE_COMMIT register", "RECORD_DONE register");
  }

  private void awaitPeers(String traceId, String... requests) {
    Awaitility.await("spans of " + traceId)
        .atMost(ENDED_WITHIN)
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(() -> assertThat(sentByOrder(spans(traceId))).contains(requests));
  }

  private static Set<String> sentByOrder(JsonNode spans) {
    Set<String> sent = new TreeSet<>();
    for (JsonNode span : spans) {
      if (span.path("kind").asText().equals("CLIENT")) {
        JsonNode tags = span.path("tags");
        sent.add(
            tags.path("converge.event").asText()
                + " "
                + tags.path("converge.participant").asText());
      }
    }
    return sent;
  }

  private static String traceId(Answer order) {
    String link = order.body().path("links").path("trace").asText();
    return link.substring(link.lastIndexOf('/') + 1);
  }

  private JsonNode spans(String traceId) {
    return orders.get(Part.ZIPKIN, "/api/v2/trace/" + traceId).body();
  }

  private static Set<String> names(JsonNode spans) {
    Set<String> names = new TreeSet<>();
    for (JsonNode span : spans) {
      names.add(
          span.path("localEndpoint").path("serviceName").asText()
              + " "
              + span.path("kind").asText()
              + " "
              + span.path("name").asText());
    }
    return names;
  }

  @Test
  void orderThatHasEndedCannotBeCancelled() {
    stockAndMoney(10, 10);
    String orderId = post("2pc", 3).body().path("orderId").asText();

    Answer answer =
        new OrderApi(PLATFORM)
            .send("POST", Part.ORDER_SERVICE, "/orders/" + orderId + "/cancel", null);
    assertThat(answer.status()).isEqualTo(409);
    assertThat(orders.get(Part.ORDER_SERVICE, "/sagas/" + orderId).status()).isEqualTo(404);
  }

  private JsonNode order(Answer answer) {
    return orders.order(answer.body().path("orderId").asText()).body();
  }
}
