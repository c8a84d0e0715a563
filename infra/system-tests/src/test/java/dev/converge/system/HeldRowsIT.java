package dev.converge.system;

import static dev.converge.system.BranchRequests.BRANCH;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.platform.Role;
import dev.converge.testkit.TestPlatform;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: a row that a branch in doubt holds delays only what needs that row, and its holder is
 * named. Method: a branch that is prepared while its coordinator is paused, or whose register has
 * no majority; then requests and messages that need its rows, and others.
 */
@OwnPlatform
class HeldRowsIT {
  private static final TestPlatform PLATFORM = ProtocolOrders.shared();
  private static final Duration SOON = Duration.ofSeconds(60);

  private final ProtocolOrders orders = new ProtocolOrders(PLATFORM);
  private final OrderApi api = OrderApi.withoutRepeats(PLATFORM);
  private final Convergence databases = new Convergence(PLATFORM);
  private final String sku = "item-" + OrderApi.newKey().substring(0, 8);
  private final BranchRequests branches = new BranchRequests(api, sku);

  @AfterEach
  void resumeCoordinatorThatEndsItsBranches() {
    orders.resumeCoordinator(SOON);
  }

  @Test
  void holderOfTheRowThatAnotherBranchNeedsIsNamed() {
    orders.setStock(sku, 10);
    orders.pauseCoordinator();
    String gid = branches.prepare(OrderApi.newKey());
    String other = OrderApi.newKey();

    JsonNode locked =
        new DocumentedApi(api, Part.INVENTORY_SERVICE)
            .request(
                503,
                "PUT",
                BRANCH,
                "2pc." + other + ".inventory_payment",
                branches.stock(other, 1));

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
    orders.pauseCoordinator();
    String orderId = OrderApi.newKey();
    String gid = branches.prepare(orderId);
    DocumentedApi inventory = new DocumentedApi(api, Part.INVENTORY_SERVICE);
    String body = branches.stock(orderId, 1).replace(sku, otherSku);

    for (String protocol : List.of("3pc", "tcc", "dual-write")) {
      String sameOrder = protocol + "." + orderId + ".inventory_payment";
      JsonNode locked = inventory.request(503, "PUT", BRANCH, sameOrder, body);
      assertThat(locked.path("detail").asText()).as(protocol).isEqualTo(held(gid));
    }
  }

  @Test
  void replayOfADeadLetterNamesTheHolderOfItsRow() {
    orders.setStock(sku, 10);
    orders.pauseCoordinator();
    String gid = branches.prepare(OrderApi.newKey());
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
            .formatted(letter, orderId, branches.stock(orderId, 1)));
    try {
      Answer refused =
          api.send(
              "POST",
              Part.INVENTORY_SERVICE,
              "/dead-letters/" + letter + "/replay",
              BranchRequests.acknowledgement("grace"));

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
          .request(200, "PUT", BRANCH, gid, branches.stock(branch, 2));
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

  @Test
  void rowOfABranchInDoubtIsNotSetAndItsHolderIsNamed() {
    String token = "tok_wallet_" + sku.replace('-', '_');
    String orderId = OrderApi.newKey();
    orders.setStock(sku, 10);
    orders.deposit(token, 1, 100);
    orders.pauseCoordinator();
    String gid = branches.prepare(orderId);
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
}
