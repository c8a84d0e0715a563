package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.platform.Converge;
import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.platform.Role;
import dev.converge.testkit.TestPlatform;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/**
 * Goal: a branch whose decision is missing stays, is visible with the sessions that wait for it,
 * and an operator can end it; every route of transactions answers as documented. Method: a branch
 * that is prepared while its coordinator is down; then the routes and the commands of operators.
 */
@OwnPlatform
class BranchInDoubtIT {
  private static final TestPlatform PLATFORM = ProtocolOrders.shared();
  private static final String BRANCH = "/transactions/{gid}";
  private static final Duration SOON = Duration.ofSeconds(60);

  private final ProtocolOrders orders = new ProtocolOrders(PLATFORM);
  private final OrderApi api = OrderApi.withoutRepeats(PLATFORM);
  private final Convergence databases = new Convergence(PLATFORM);
  private final String sku = "item-" + OrderApi.newKey().substring(0, 8);

  @AfterEach
  void startCoordinatorThatEndsItsBranches() {
    PLATFORM.start(Part.ORDER_SERVICE);
    orders.awaitNothingInDoubt(SOON);
  }

  private String prepare(String orderId) {
    String gid = "2pc." + orderId + ".inventory_payment";
    Answer vote =
        api.send("PUT", Part.INVENTORY_SERVICE, "/transactions/" + gid, stock(orderId, 2));
    assertThat(vote.status()).as(vote.raw().body()).isEqualTo(200);
    assertThat(vote.body().path("state").asText()).isEqualTo("PREPARED");
    return gid;
  }

  private String stock(String orderId, int quantity) {
    return "{\"orderId\":\"%s\",\"lines\":[{\"sku\":\"%s\",\"quantity\":%d}]}"
        .formatted(orderId, sku, quantity);
  }

  private static String resolution(String decision, String operator) {
    return "{\"decision\":\"%s\",\"operator\":\"%s\",\"reason\":\"seen by the test\"}"
        .formatted(decision, operator);
  }

  private static String acknowledgement(String operator) {
    return "{\"operator\":\"%s\",\"reason\":\"repaired by the test\"}".formatted(operator);
  }

  private Answer resolve(String gid, String decision) {
    return api.send(
        "POST",
        Part.INVENTORY_SERVICE,
        "/transactions/" + gid + "/resolve",
        resolution(decision, "grace"));
  }

  /** The exit code and the output of a command. */
  private record Result(int code, String output) {}

  private static Result converge(String... words) {
    CommandLine commandLine = Converge.commandLine();
    StringWriter output = new StringWriter();
    commandLine.setOut(new PrintWriter(output, true));
    String[] all = new String[words.length + 2];
    all[0] = "--state";
    all[1] = PLATFORM.platform().layout().state().toString();
    System.arraycopy(words, 0, all, 2, words.length);
    return new Result(commandLine.execute(all), output.toString());
  }

  @Test
  void branchWithoutItsCoordinatorStaysUntilAnOperatorEndsIt() {
    orders.setStock(sku, 10);
    PLATFORM.platform().kill(Part.ORDER_SERVICE);
    String gid = prepare(OrderApi.newKey());

    Awaitility.await("finding")
        .atMost(SOON)
        .until(() -> converge("transactions", "list"), list -> list.code() == 1);
    assertThat(converge("transactions", "list").output())
        .contains("inventory-db: " + gid + "  PREPARED for ");
    assertThat(api.metric(Part.INVENTORY_SERVICE, "commitment_branches_in_doubt")).isEqualTo(1);

    Result resolved =
        converge(
            "transactions",
            "resolve",
            gid,
            "--decision",
            "ABORT",
            "--operator",
            "ada",
            "--reason",
            "order-db is lost");
    assertThat(resolved.code()).as(resolved.output()).isZero();
    assertThat(resolved.output()).contains(gid + " is ABORTED");
    assertThat(orders.available(sku)).isEqualTo(10);
    assertThat(converge("transactions", "list"))
        .isEqualTo(new Result(0, "No branch is in doubt." + System.lineSeparator()));
    assertThat(resolve(gid, "COMMIT").status()).isEqualTo(409);
    assertThat(actions(gid))
        .containsExactly("grace commit-branch REFUSED", "ada abort-branch DONE");
  }

  /**
   * Three sessions wait for the row of a branch: the first for the branch, the others behind it.
   */
  @Test
  void sessionsThatWaitAreTheSameOnTheCommandLineAndInTheService() {
    orders.setStock(sku, 10);
    PLATFORM.platform().kill(Part.ORDER_SERVICE);
    String gid = prepare(OrderApi.newKey());
    List<CompletableFuture<Void>> waiting = new ArrayList<>();
    try {
      for (int session = 0; session < 3; session++) {
        waiting.add(
            CompletableFuture.runAsync(
                () ->
                    databases.update(
                        "inventory", "UPDATE stock SET sku = sku WHERE sku = '" + sku + "'"),
                task -> new Thread(task, "waiter").start()));
      }

      Awaitility.await("three sessions wait")
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(converge("transactions", "list").output())
                      .contains(gid + "  PREPARED for ")
                      .contains("sessions that wait: 3,"));
      JsonNode branch =
          orders.get(Part.INVENTORY_SERVICE, "/transactions").body().path("inDoubt").path(0);
      assertThat(branch.path("gid").asText()).isEqualTo(gid);
      assertThat(branch.path("waiters").asInt()).isEqualTo(3);
    } finally {
      PLATFORM.start(Part.ORDER_SERVICE);
      waiting.forEach(CompletableFuture::join);
    }
  }

  @Test
  void divergenceIsReportedAfterARestartUntilAnOperatorAcknowledgesIt() {
    String gid = "2pc." + OrderApi.newKey() + ".inventory_payment";
    databases.update(
        "order",
        "INSERT INTO transaction_decision (gid, decision, done_at) VALUES ('"
            + gid
            + "', 'COMMIT', now())");
    Answer committed =
        api.send("POST", Part.INVENTORY_SERVICE, "/transactions/" + gid + "/commit", null);
    assertThat(committed.body().path("state").asText()).isEqualTo("UNKNOWN");
    PLATFORM.platform().kill(Part.INVENTORY_SERVICE);
    assertThat(converge("transactions", "list").output())
        .contains("inventory-db: " + gid + "  diverged: UNKNOWN when COMMIT arrived");
    PLATFORM.start(Part.INVENTORY_SERVICE);

    new AuditFindings(api).awaitFinding(Part.INVENTORY_SERVICE, "transactions-diverged", gid);
    assertThat(orders.get(Part.INVENTORY_SERVICE, "/transactions").body().path("divergent"))
        .anyMatch(name -> name.asText().equals(gid));
    assertThat(converge("transactions", "list").code()).isEqualTo(1);
    assertThat(converge("doctor").code()).isEqualTo(1);

    Result acknowledged =
        converge(
            "transactions",
            "acknowledge",
            gid,
            "--operator",
            "ada",
            "--reason",
            "repaired by hand");
    assertThat(acknowledged.code()).as(acknowledged.output()).isZero();
    assertThat(acknowledged.output()).contains(gid + " is acknowledged; its branch is UNKNOWN");
    assertThat(converge("transactions", "list"))
        .isEqualTo(new Result(0, "No branch is in doubt." + System.lineSeparator()));
    Awaitility.await("audit without the finding")
        .atMost(AuditFindings.REPORTED_WITHIN)
        .until(
            () ->
                new AuditFindings(api)
                    .cases(Part.INVENTORY_SERVICE, "transactions-diverged")
                    .isEmpty());
    assertThat(actions(gid)).containsExactly("ada acknowledge-divergence DONE");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2pc.%s.inventory_payment",
        "tcc.%s.inventory_payment",
        "2pc-quorum.%s.inventory_order_payment",
        "3pc.%s.inventory_order_payment",
        "3pc-termination.%s.inventory_order_payment"
      })
  void decisionOnATransactionThatNeverWasIsNoFinding(String name) {
    String gid = name.formatted(OrderApi.newKey());
    DocumentedApi inventory = new DocumentedApi(api, Part.INVENTORY_SERVICE);

    inventory.request(200, "POST", BRANCH + "/commit", gid, null);
    inventory.request(200, "POST", BRANCH + "/abort", gid, null);
    JsonNode late = inventory.request(200, "POST", BRANCH + "/commit", gid, null);

    assertThat(late.path("state").asText()).isEqualTo("ABORTED");
    assertThat(converge("transactions", "list").output()).doesNotContain(gid);
  }

  @Test
  void badRequestPreparesNothingAndNamesItsFaults() {
    orders.setStock(sku, 10);
    DocumentedApi inventory = new DocumentedApi(api, Part.INVENTORY_SERVICE);
    DocumentedApi payment = new DocumentedApi(api, Part.PAYMENT_SERVICE);
    String orderId = OrderApi.newKey();
    String gid = "2pc." + orderId + ".inventory_payment";

    inventory.request(400, "PUT", BRANCH, gid, "{}");
    inventory.request(400, "PUT", BRANCH, gid, "{\"orderId\":\"x\"}");
    inventory.request(422, "PUT", BRANCH, gid, stock(OrderApi.newKey(), 1));
    inventory.request(422, "PUT", BRANCH, gid, "{\"orderId\":\"" + orderId + "\",\"lines\":[]}");
    JsonNode quantity = inventory.request(422, "PUT", BRANCH, gid, stock(orderId, -5));
    assertThat(quantity.path("errors").path(0).path("pointer").asText())
        .isEqualTo("/lines/0/quantity");
    JsonNode amount =
        payment.request(
            422,
            "PUT",
            BRANCH,
            gid,
            "{\"orderId\":\"%s\",\"token\":\"tok_wallet_x\",\"amountMinor\":-500,\"currency\":\"EUR\"}"
                .formatted(orderId));
    assertThat(amount.path("errors").path(0).path("pointer").asText()).isEqualTo("/amountMinor");
    new DocumentedApi(api, Part.ORDER_SERVICE)
        .request(
            400,
            "PUT",
            BRANCH,
            "2pc-quorum." + orderId + ".inventory_order_payment",
            "{\"orderId\":\"x\"}");
    assertThat(orders.inDoubt()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"precommit", "commit", "abort"})
  void dualWriteHasNoDecision(String request) {
    String gid = "dual-write." + OrderApi.newKey() + ".inventory_payment";

    JsonNode refused =
        new DocumentedApi(api, Part.INVENTORY_SERVICE)
            .request(404, "POST", BRANCH + "/" + request, gid, null);

    assertThat(refused.path("detail").asText())
        .isEqualTo("the protocol dual-write has no " + request.toUpperCase(Locale.ROOT));
  }

  @Test
  void bodyIsCheckedAlsoWhereTheBranchIsPrepared() {
    orders.setStock(sku, 10);
    PLATFORM.platform().kill(Part.ORDER_SERVICE);
    String orderId = OrderApi.newKey();
    String gid = prepare(orderId);
    DocumentedApi inventory = new DocumentedApi(api, Part.INVENTORY_SERVICE);

    inventory.request(400, "PUT", BRANCH, gid, "{}");
    inventory.request(422, "PUT", BRANCH, gid, stock(orderId, -5));
    inventory.request(200, "PUT", BRANCH, gid, stock(orderId, 2));
  }

  @Test
  void triedBranchHasNoVoteForAnotherBody() {
    orders.setStock(sku, 10);
    PLATFORM.platform().kill(Part.ORDER_SERVICE);
    String orderId = OrderApi.newKey();
    String gid = "tcc." + orderId + ".inventory_payment";
    DocumentedApi inventory = new DocumentedApi(api, Part.INVENTORY_SERVICE);

    inventory.request(200, "PUT", BRANCH, gid, stock(orderId, 2));
    JsonNode refusal = inventory.request(409, "PUT", BRANCH, gid, stock(orderId, 3));

    assertThat(refusal.path("reason").asText()).isEqualTo("REQUEST_DIFFERS");
    inventory.request(200, "PUT", BRANCH, gid, stock(orderId, 2));
  }

  @Test
  void holderOfTheRowThatAnotherBranchNeedsIsNamed() {
    orders.setStock(sku, 10);
    PLATFORM.platform().kill(Part.ORDER_SERVICE);
    String gid = prepare(OrderApi.newKey());
    String other = OrderApi.newKey();

    JsonNode locked =
        new DocumentedApi(api, Part.INVENTORY_SERVICE)
            .request(503, "PUT", BRANCH, "2pc." + other + ".inventory_payment", stock(other, 1));

    assertThat(locked.path("detail").asText()).isEqualTo(held(gid));
  }

  private static String held(String gid) {
    return "the transaction " + gid + " is in doubt and holds this row: nothing was changed";
  }

  @Test
  void holderOfAnOrderIdIsNamed() {
    String otherSku = sku + "-2";
    orders.setStock(sku, 10);
    orders.setStock(otherSku, 10);
    PLATFORM.platform().kill(Part.ORDER_SERVICE);
    String orderId = OrderApi.newKey();
    String gid = prepare(orderId);
    DocumentedApi inventory = new DocumentedApi(api, Part.INVENTORY_SERVICE);
    String body = stock(orderId, 1).replace(sku, otherSku);

    for (String protocol : List.of("3pc", "tcc", "dual-write")) {
      String sameOrder = protocol + "." + orderId + ".inventory_payment";
      JsonNode locked = inventory.request(503, "PUT", BRANCH, sameOrder, body);
      assertThat(locked.path("detail").asText()).as(protocol).isEqualTo(held(gid));
    }
  }

  @Test
  void replayOfADeadLetterNamesTheHolderOfItsRow() {
    orders.setStock(sku, 10);
    PLATFORM.platform().kill(Part.ORDER_SERVICE);
    String gid = prepare(OrderApi.newKey());
    String letter = OrderApi.newKey();
    String orderId = OrderApi.newKey();
    databases.update(
        "inventory",
        """
        INSERT INTO dead_letter (id, consumer, message_id, topic, partition_id, record_offset, key,
                                 headers, payload, reason)
        VALUES ('%1$s', 'inventory-service', '%1$s', 'inventory.commands', 0, 0,
                convert_to('%2$s', 'UTF8'),
                '{"ce_id":"%1$s","ce_type":"dev.converge.inventory.ReserveStock.v1"}',
                convert_to('%3$s', 'UTF8'), 'by hand')
        """
            .formatted(letter, orderId, stock(orderId, 1)));
    try {
      Answer refused =
          api.send(
              "POST",
              Part.INVENTORY_SERVICE,
              "/dead-letters/" + letter + "/replay",
              acknowledgement("grace"));

      assertThat(refused.status()).as(refused.raw().body()).isEqualTo(503);
      assertThat(refused.body().path("detail").asText()).isEqualTo(held(gid));
    } finally {
      databases.update("inventory", "DELETE FROM dead_letter WHERE id = '" + letter + "'");
    }
  }

  /**
   * The order is in doubt because its register has no majority. Its branch has the row of the key.
   */
  @Test
  void keyInDoubtFailsNoRequestWithAnotherKey() {
    String wallet = "tok_wallet_" + sku.replace('-', '_');
    String key = "key-" + sku;
    orders.setStock(sku, 100);
    orders.deposit(wallet, 1, 100);
    orders.postUntilDecided("2pc-quorum", "before-" + key, sku, 1, wallet + 1);
    orders.awaitNothingInDoubt(SOON);
    try {
      PLATFORM.platform().kill(Part.of(Role.ZOOKEEPER, 1));
      PLATFORM.platform().kill(Part.of(Role.ZOOKEEPER, 2));
      // Without a vote in time it would be aborted, and not in doubt.
      Awaitility.await("order in doubt")
          .atMost(SOON)
          .untilAsserted(
              () -> {
                assertThat(orders.post("2pc-quorum", key, sku, 1, wallet + 1).status())
                    .isEqualTo(503);
                assertThat(orders.inDoubt()).hasSize(3);
              });

      CompletableFuture<Answer> kept = order("saga", key);
      List<CompletableFuture<Answer>> others =
          IntStream.range(0, 20).mapToObj(other -> order("saga", key + other)).toList();

      assertThat(others).allSatisfy(other -> assertThat(other.join().status()).isEqualTo(202));
      assertThat(List.of(kept.join(), order("2pc", key).join(), order("2pc-quorum", key).join()))
          .allSatisfy(
              refused -> {
                assertThat(refused.status()).isEqualTo(503);
                assertThat(refused.header("Retry-After")).isEqualTo("1");
                assertThat(refused.body().path("detail").asText())
                    .startsWith("an earlier request with this Idempotency-Key is not decided yet");
              });
      assertThat(orders.inDoubt()).hasSize(3);
    } finally {
      PLATFORM.start(Part.of(Role.ZOOKEEPER, 1), Part.of(Role.ZOOKEEPER, 2));
    }
  }

  /** Branches are in doubt because their register has no majority: the services all run. */
  @Tag("campaign")
  @Test
  void branchesInDoubtDelayOnlyTheSagasThatNeedTheirRows() throws Exception {
    String other = sku + "-other";
    String wallet = "tok_wallet_" + sku.replace('-', '_');
    String branch = OrderApi.newKey();
    String gid = "2pc-quorum." + branch + ".inventory_order_payment";
    orders.setStock(sku, 100);
    orders.setStock(other, 100);
    orders.deposit(wallet, 2, 1_000_000);
    String ofItem;
    String ofWallet;
    try {
      PLATFORM.platform().kill(Part.of(Role.ZOOKEEPER, 1));
      PLATFORM.platform().kill(Part.of(Role.ZOOKEEPER, 2));
      new DocumentedApi(api, Part.INVENTORY_SERVICE)
          .request(200, "PUT", BRANCH, gid, stock(branch, 2));
      new DocumentedApi(api, Part.PAYMENT_SERVICE)
          .request(
              200,
              "PUT",
              BRANCH,
              gid,
              "{\"orderId\":\"%s\",\"token\":\"%s\",\"amountMinor\":5,\"currency\":\"EUR\"}"
                  .formatted(branch, wallet + 1));

      ofItem = api.place(sku, 1, "tok_ok");
      ofWallet = api.place(other, 1, wallet + 1);
      List<String> others =
          IntStream.range(0, 20)
              .mapToObj(each -> api.place(other, 1, each % 2 == 0 ? "tok_ok" : wallet + 2))
              .toList();

      assertThat(others).allSatisfy(each -> assertThat(end(each)).isEqualTo("COMPLETED"));
      Awaitility.await("deferred command")
          .atMost(SOON)
          .until(() -> deferred(ofOrder("message_id::text", ofItem)).size() == 1);
      sendAgain(ofItem);
      assertThat(api.order(ofItem).path("status").asText()).isEqualTo("PENDING");
      assertThat(api.order(ofWallet).path("status").asText()).isEqualTo("PENDING");
      assertThat(orders.inDoubt()).hasSize(2);
    } finally {
      PLATFORM.start(Part.of(Role.ZOOKEEPER, 1), Part.of(Role.ZOOKEEPER, 2));
    }

    assertThat(end(ofItem)).isEqualTo("COMPLETED");
    assertThat(end(ofWallet)).isEqualTo("COMPLETED");
    assertThat(
            databases.strings(
                "inventory", "SELECT type FROM outbox WHERE aggregateid = '" + ofItem + "'"))
        .containsExactlyInAnyOrder(
            "dev.converge.inventory.StockReserved.v1", "dev.converge.inventory.StockShipped.v1");
    assertThat(deferred("SELECT message_id::text FROM deferred_command")).isEmpty();
    assertThat(orders.available(sku)).isEqualTo(99);
  }

  private String end(String orderId) {
    return api.awaitEnd(orderId, SOON).path("status").asText();
  }

  private List<String> deferred(String query) {
    return databases.strings("inventory", query);
  }

  private static String ofOrder(String column, String orderId) {
    return "SELECT " + column + " FROM deferred_command WHERE order_id = '" + orderId + "'";
  }

  /** Sends the deferred command of an order a second time, as a redelivery does. */
  private void sendAgain(String orderId) throws Exception {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(
            "inventory.commands",
            bytes(orderId),
            bytes(deferred(ofOrder("payload", orderId)).get(0)));
    record.headers().add("ce_id", bytes(deferred(ofOrder("message_id::text", orderId)).get(0)));
    record.headers().add("ce_type", bytes(deferred(ofOrder("type", orderId)).get(0)));
    double before = api.metric(Part.INVENTORY_SERVICE, "inbox_messages_duplicate_total");
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.<String, Object>of(
                "bootstrap.servers", "127.0.0.1:" + PLATFORM.platform().ports().of(Part.KAFKA)),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.send(record).get(10, TimeUnit.SECONDS);
    }
    Awaitility.await("duplicate")
        .atMost(SOON)
        .until(() -> api.metric(Part.INVENTORY_SERVICE, "inbox_messages_duplicate_total") > before);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** An order of another SKU, which the branch in doubt does not lock. */
  private CompletableFuture<Answer> order(String protocol, String key) {
    return CompletableFuture.supplyAsync(
        () -> orders.post(protocol, key, "espresso-beans", 1, "tok_wallet_none"),
        task -> new Thread(task, "client").start());
  }

  @Test
  void rowOfABranchInDoubtIsNotSetAndItsHolderIsNamed() {
    String token = "tok_wallet_" + sku.replace('-', '_');
    String orderId = OrderApi.newKey();
    orders.setStock(sku, 10);
    orders.deposit(token, 1, 100);
    PLATFORM.platform().kill(Part.ORDER_SERVICE);
    String gid = prepare(orderId);
    DocumentedApi payment = new DocumentedApi(api, Part.PAYMENT_SERVICE);
    payment.request(
        200,
        "PUT",
        BRANCH,
        gid,
        "{\"orderId\":\"%s\",\"token\":\"%s\",\"amountMinor\":5,\"currency\":\"EUR\"}"
            .formatted(orderId, token + 1));

    JsonNode stock =
        new DocumentedApi(api, Part.INVENTORY_SERVICE)
            .request(503, "PUT", "/stock/{sku}", sku, "{\"available\":5}");
    JsonNode wallet =
        payment.request(
            503, "PUT", "/wallets/{token}", token + 1, "{\"currency\":\"EUR\",\"balanceMinor\":7}");

    assertThat(stock.path("detail").asText()).isEqualTo(held(gid));
    assertThat(wallet.path("detail").asText()).isEqualTo(held(gid));
  }

  @Test
  void bodiesAreReadAsStrictlyAsThoseOfOtherRoutes() {
    String orderId = OrderApi.newKey();
    String gid = "2pc." + orderId + ".inventory_payment";
    for (Part service : List.of(Part.INVENTORY_SERVICE, Part.PAYMENT_SERVICE)) {
      DocumentedApi documented = new DocumentedApi(api, service);
      for (String[] route : new String[][] {{"PUT", BRANCH}, {"POST", BRANCH + "/resolve"}}) {
        assertType(documented, route, gid, "{", "/problems/malformed-json");
        assertType(documented, route, gid, "{} {}", "/problems/malformed-json");
        assertType(documented, route, gid, "[]", "/problems/invalid-body");
        assertType(
            documented,
            route,
            gid,
            "{\"reason\":\"a\",\"reason\":\"b\"}",
            "/problems/invalid-body");
        assertType(documented, route, gid, "{\"orderId\":7}", "/problems/invalid-body");
      }
    }
    DocumentedApi register = new DocumentedApi(api, Part.ORDER_SERVICE);
    String[] proposals = {"POST", BRANCH + "/proposals"};
    assertType(register, proposals, gid, "{", "/problems/malformed-json");
    assertType(register, proposals, gid, "{\"decision\":1}", "/problems/invalid-body");
    assertType(register, proposals, gid, "{}", "/problems/invalid-body");
    assertThat(orders.inDoubt()).isEmpty();
  }

  private static void assertType(
      DocumentedApi documented, String[] route, String gid, String body, String type) {
    JsonNode problem = documented.request(400, route[0], route[1], gid, body);
    assertThat(problem.path("type").asText()).as(route[1] + " " + body).isEqualTo(type);
  }

  @Test
  void branchThatItsCoordinatorForgotIsAborted() {
    orders.setStock(sku, 10);
    prepare(OrderApi.newKey());

    orders.awaitNothingInDoubt(SOON);

    assertThat(orders.available(sku)).isEqualTo(10);
  }

  @Test
  void routesOfABranchAnswerAsDocumented() {
    orders.setStock(sku, 10);
    DocumentedApi inventory = new DocumentedApi(api, Part.INVENTORY_SERVICE);
    String orderId = OrderApi.newKey();
    String gid = "3pc." + orderId + ".inventory_payment";

    inventory.request(200, "GET", BRANCH, gid, null);
    JsonNode refusal = inventory.request(409, "PUT", BRANCH, gid, stock(orderId, 11));
    assertThat(refusal.path("reason").asText()).isEqualTo("OUT_OF_STOCK");
    inventory.request(200, "PUT", BRANCH, gid, stock(orderId, 2));
    inventory.request(200, "GET", "/transactions", "", null);
    inventory.request(200, "POST", BRANCH + "/precommit", gid, null);
    JsonNode committed = inventory.request(200, "POST", BRANCH + "/commit", gid, null);
    assertThat(committed.path("state").asText()).isEqualTo("COMMITTED");
    inventory.request(409, "POST", BRANCH + "/resolve", gid, resolution("ABORT", "grace"));
    inventory.request(422, "POST", BRANCH + "/resolve", gid, resolution("ABORT", ""));
    inventory.request(409, "POST", BRANCH + "/acknowledge", gid, acknowledgement("grace"));
    inventory.request(422, "POST", BRANCH + "/acknowledge", gid, acknowledgement(""));
    inventory.request(400, "PUT", BRANCH, gid, "[]");
    inventory.request(404, "PUT", BRANCH, "3pc", stock(orderId, 2));
    inventory.request(400, "POST", BRANCH + "/commit", gid, "{}");
  }

  @Test
  void otherServicesVoteAsDocumented() {
    DocumentedApi payment = new DocumentedApi(api, Part.PAYMENT_SERVICE);
    String orderId = OrderApi.newKey();
    String gid = "2pc-quorum." + orderId + ".inventory_order_payment";
    String wallet =
        "{\"orderId\":\"%s\",\"token\":\"tok_wallet_no\",\"amountMinor\":5,\"currency\":\"EUR\"}";

    JsonNode declined = payment.request(409, "PUT", BRANCH, gid, wallet.formatted(orderId));
    assertThat(declined.path("reason").asText()).isEqualTo("PAYMENT_DECLINED");
    payment.request(200, "POST", BRANCH + "/abort", gid, null);
    JsonNode elsewhere =
        new DocumentedApi(api, Part.ORDER_SERVICE).request(409, "PUT", BRANCH, gid, "{}");
    assertThat(elsewhere.path("reason").asText()).isEqualTo("NOT_COORDINATED_HERE");
  }

  @Test
  void registerAnswersAsDocumented() {
    DocumentedApi register = new DocumentedApi(api, Part.ORDER_SERVICE);
    String proposals = BRANCH + "/proposals";
    String gid = "2pc." + OrderApi.newKey() + ".inventory_payment";

    register.request(422, "POST", proposals, gid, "{\"decision\":\"COMMIT\"}");
    JsonNode decision = register.request(200, "POST", proposals, gid, "{\"decision\":\"ABORT\"}");
    assertThat(decision.path("decision").asText()).isEqualTo("ABORT");
    register.request(404, "POST", proposals, "3pc" + gid.substring(3), "{\"decision\":\"ABORT\"}");
  }

  private List<String> actions(String gid) {
    Answer log = orders.get(Part.INVENTORY_SERVICE, "/operator-actions?limit=20");
    return StreamSupport.stream(log.body().path("items").spliterator(), false)
        .filter(action -> action.path("target").asText().equals(gid))
        .map(
            action ->
                action.path("operator").asText()
                    + " "
                    + action.path("action").asText()
                    + " "
                    + action.path("outcome").asText())
        .toList();
  }
}
