package dev.converge.lab.faults;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.converge.platform.Http;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;

/** The mistakes that a green checker must have been seen to catch. */
final class BrokenBuilds {
  private static final String OUTBOX = "outbox/src/main/java/dev/converge/outbox/";
  private static final String DELIVERY = OUTBOX + "delivery/";
  private static final String DEFAULTS =
      "infra/service-defaults/src/main/java/dev/converge/service/";
  private static final String ORDER = "order-service/src/main/java/dev/converge/order/";
  private static final String INVENTORY = "inventory-service/src/main/java/dev/converge/inventory/";
  private static final String PAYMENT = "payment-service/src/main/java/dev/converge/payment/";

  private static final String EXPECT_DUPLICATES =
      "    return expectDuplicates\n"
          + "        ? inTransaction(tx -> handleUnseen(tx, processing), after)";

  static final String POWER_CUT = "power-cut:order-db";

  /** Two consumers of one group in the process, that share the partitions. */
  static final BrokenBuild TWO_CONSUMERS =
      BrokenBuild.of("two-consumers-that-lock", Part.INVENTORY_SERVICE)
          .edit(
              INVENTORY + "InventoryServiceMain.java",
              "                messaging.consumer()));\n",
              """
                      messaging.consumer(),
                      new dev.converge.outbox.MessageConsumer(
                          dev.converge.outbox.ConsumerConfig.of(
                          config.service().service(),
                          StockCommandHandler.TOPIC,
                          config.service().messaging().kafkaBootstrapServers()),
                          parts.pool(),
                          handler,
                          parts.tracer(),
                          parts.meters())));
              """)
          .under("hot-row-locked:inventory-db");

  private BrokenBuilds() {}

  static List<BrokenBuild> all() {
    return List.of(
        noInbox(),
        inboxNotConsulted(),
        inboxInAnotherTransaction(),
        inboxOfRepliesInAnotherTransaction(),
        commandDropped(),
        replyDropped(),
        offsetFirst(),
        outboxAfterTheCommit(),
        noTombstone(),
        compensationTwice(),
        providerWithoutKey(),
        stockReadModifyWrite(),
        keyInAnotherTransaction(),
        keyWithoutFingerprint(),
        keyOfEachAttempt(),
        answeredBeforeTheCommit(),
        lateReplyRevives(),
        randomPartition(),
        refundNotRepeated(),
        poisonSwallowed(),
        environmentParked(),
        environmentAnswered500(),
        slotWithoutReconciler(),
        powerCutWithoutFsync());
  }

  private static BrokenBuild noInbox() {
    return BrokenBuild.of("no-inbox", Part.INVENTORY_SERVICE, "I19")
        .edit(
            OUTBOX + "BatchTransaction.java",
            EXPECT_DUPLICATES,
            """
                return !processing.isEmpty()
                    ? inTransaction(tx -> handleFresh(tx, processing, processing.keySet()), after)\
            """)
        .under("messages-again:inventory.commands")
        .reported("not marked command .* answered it [1-9]");
  }

  private static BrokenBuild inboxNotConsulted() {
    return BrokenBuild.of("inbox-not-consulted", Part.INVENTORY_SERVICE, "I19")
        .edit(
            OUTBOX + "BatchTransaction.java",
            ".compose(fresh -> handleFresh(tx, processing, fresh));",
            ".compose(fresh -> handleFresh(tx, processing, processing.keySet()));")
        .under("messages-again:inventory.commands")
        .reported("marked command .* answered it ([2-9]|[1-9]\\d)");
  }

  private static BrokenBuild inboxInAnotherTransaction() {
    return inboxInAnotherTransaction("inbox-in-another-transaction", Part.INVENTORY_SERVICE)
        .under("killed-in-transaction:inventory-service")
        .reported("has marked command .* answered it 0 times");
  }

  private static BrokenBuild inboxOfRepliesInAnotherTransaction() {
    return inboxInAnotherTransaction("reply-inbox-in-another-transaction", Part.ORDER_SERVICE)
        .under("killed-in-transaction:order-service")
        .reported("which its saga awaited, and moved it 0 times");
  }

  private static BrokenBuild inboxInAnotherTransaction(String name, Part part) {
    return BrokenBuild.of(name, part, "I19")
        .edit(
            OUTBOX + "BatchTransaction.java",
            EXPECT_DUPLICATES,
            """
                return !processing.isEmpty()
                    ? pool.withTransaction(tx -> inbox.insertUnseen(tx, processing.keySet()))
                        .compose(
                            fresh -> inTransaction(tx -> handleFresh(tx, processing, fresh), after))\
            """);
  }

  private static BrokenBuild commandDropped() {
    return oneOf25Dropped(
            "command-dropped",
            Part.PAYMENT_SERVICE,
            PAYMENT + "messaging/PaymentCommandHandler.java",
            ".map(PaymentMessages::command)")
        .reported("ChargePayment .* answered neither it nor another that replaces it");
  }

  private static BrokenBuild replyDropped() {
    return oneOf25Dropped(
            "reply-dropped",
            Part.ORDER_SERVICE,
            ORDER + "messaging/SagaReplyHandler.java",
            ".map(SagaReplyHandler::event)")
        .reported("which its saga awaited, and moved it 0 times");
  }

  // It is marked as handled, and is not.
  private static BrokenBuild oneOf25Dropped(String name, Part part, String file, String taken) {
    return BrokenBuild.of(name, part, "I19")
        .edit(file, taken, ".filter(message -> message.id().hashCode() % 25 != 0)" + taken);
  }

  private static BrokenBuild offsetFirst() {
    return BrokenBuild.of("offset-before-the-batch", Part.INVENTORY_SERVICE, "I20")
        .edit(
            DELIVERY + "Delivery.java",
            ".compose(all -> handleBatch(batch))\n"
                + "        .compose(done -> advance(subscription, batch))",
            """
            .compose(all -> advance(subscription, batch))
                    .compose(all -> commitOffsets(subscription))
                    .compose(done -> handleBatch(batch))\
            """)
        // The inbox's own position would bring it back.
        .edit(DELIVERY + "HandledOffsets.java", "begun == null || begun > to", "begun == null")
        .under("killed-in-transaction:inventory-service")
        .reported("has passed .* without marking");
  }

  private static BrokenBuild outboxAfterTheCommit() {
    return BrokenBuild.of("outbox-after-the-commit", Part.INVENTORY_SERVICE, "I19")
        .edit(
            OUTBOX + "SqlOutbox.java",
            "    return tx.preparedQuery(INSERT)\n        .execute(columns)\n",
            """
                tx.transaction()
                    .completion()
                    .onSuccess(
                        committed ->
                            io.vertx.pgclient.PgConnection.connect(
                                    io.vertx.core.Vertx.currentContext().owner(),
                                    io.vertx.pgclient.PgConnectOptions.fromEnv())
                                .onSuccess(
                                    own ->
                                        own.preparedQuery(INSERT)
                                            .execute(columns)
                                            .onComplete(written -> own.close())));
                return Future.succeededFuture();
              }

              private static Future<Void> inTheTransaction(
                  SqlConnection tx, List<OutboxMessage> messages, Tuple columns) {
                return tx.preparedQuery(INSERT)
                    .execute(columns)
            """)
        .under("killed-in-transaction:inventory-service")
        .reported("has marked command .* answered it 0 times");
  }

  // The commands that were lost with the slot arrive after their orders were given up.
  private static BrokenBuild noTombstone() {
    return BrokenBuild.of("no-tombstone", Part.INVENTORY_SERVICE, "I12")
        .edit(
            INVENTORY + "domain/StockBatch.java",
            "      reservationsNow.put(orderId, decision.reservation());",
            """
                  if (!decision.reservation().lines().isEmpty()) {
                    reservationsNow.put(orderId, decision.reservation());
                  }\
            """)
        .set("SAGA_STEP_DEADLINE", "PT5S")
        .under("connector-stopped-and-slot-dropped:order-db")
        .quiescentWithin(Duration.ofSeconds(90));
  }

  private static BrokenBuild compensationTwice() {
    return BrokenBuild.of("compensation-not-idempotent", Part.INVENTORY_SERVICE, "I12", "I22")
        .edit(
            INVENTORY + "domain/Reservations.java",
            "known.to(ReservationStatus.RELEASED), List.of(), Outcome.RELEASED, \"\");",
            """
            known.to(ReservationStatus.RELEASED),
                          known.status() == ReservationStatus.RELEASED
                              ? changed(known, stock, StockItem::release)
                              : List.of(),
                          Outcome.RELEASED,
                          "");\
            """)
        .under("pause:inventory-service");
  }

  private static BrokenBuild providerWithoutKey() {
    return BrokenBuild.of("provider-without-key", Part.PAYMENT_SERVICE, "I7", "I10", "I11")
        .edit(
            PAYMENT + "messaging/ProviderCalls.java",
            "payment.orderId(), charge.amountMinor(), charge.currency(), charge.token());",
            "UUID.randomUUID(), charge.amountMinor(), charge.currency(), charge.token());");
  }

  private static BrokenBuild stockReadModifyWrite() {
    BrokenBuild twice = TWO_CONSUMERS;
    return BrokenBuild.of("stock-read-modify-write", Part.INVENTORY_SERVICE, "I12")
        .edit(
            twice.edits().get(0).file(),
            twice.edits().get(0).find(),
            twice.edits().get(0).replace())
        .edit(
            INVENTORY + "postgres/PostgresStockRepository.java",
            "      ORDER BY sku\n      FOR NO KEY UPDATE\n",
            "      ORDER BY sku\n")
        .edit(
            INVENTORY + "postgres/PostgresStockRepository.java",
            "SET available = stock.available + change.available,",
            "SET available = change.available,")
        .edit(
            INVENTORY + "postgres/PostgresStockRepository.java",
            "reserved = stock.reserved + change.reserved,",
            "reserved = change.reserved,")
        .edit(
            INVENTORY + "postgres/PostgresStockRepository.java",
            "shipped = stock.shipped + change.shipped",
            "shipped = change.shipped")
        .edit(
            INVENTORY + "postgres/PostgresStockRepository.java",
            "after.available() - locked.available()",
            "after.available()")
        .edit(
            INVENTORY + "postgres/PostgresStockRepository.java",
            "after.reserved() - locked.reserved()",
            "after.reserved()")
        .edit(
            INVENTORY + "postgres/PostgresStockRepository.java",
            "after.shipped() - locked.shipped()",
            "after.shipped()")
        .under(twice.faults().toArray(String[]::new));
  }

  private static BrokenBuild keyInAnotherTransaction() {
    return BrokenBuild.of("key-in-another-transaction", Part.ORDER_SERVICE, "I3")
        .edit(
            ORDER + "application/PlaceOrder.java",
            "keys.take(tx, wanted)",
            "pool.withTransaction(other -> keys.take(other, wanted))")
        .under("killed-in-transaction:order-service");
  }

  private static BrokenBuild keyWithoutFingerprint() {
    return BrokenBuild.of("key-without-fingerprint", Part.ORDER_SERVICE, "I3")
        .edit(
            ORDER + "domain/Acceptance.java",
            "boolean same = before.fingerprint().equals(request.fingerprint());",
            "boolean same = true;");
  }

  private static BrokenBuild keyOfEachAttempt() {
    return BrokenBuild.of("key-of-each-attempt", Part.ORDER_SERVICE, "I3")
        .edit(
            ORDER + "http/OrderRoutes.java",
            "    String key = IdempotencyKeyHeader.read(request);",
            "    String key = IdempotencyKeyHeader.read(request) + UUID.randomUUID();");
  }

  private static BrokenBuild answeredBeforeTheCommit() {
    return BrokenBuild.of("answered-before-the-commit", Part.ORDER_SERVICE, "I1")
        .edit(
            ORDER + "application/PlaceOrder.java",
            """
                return pool.withTransaction(tx -> placeUnlessInDoubt(tx, requests))
                    .timeout(COMMIT_TIMEOUT_MS, TimeUnit.MILLISECONDS);\
            """,
            """
                pool.withTransaction(tx -> placeUnlessInDoubt(tx, requests))
                    .timeout(COMMIT_TIMEOUT_MS, TimeUnit.MILLISECONDS);
                return Future.succeededFuture(
                    Acceptance.decide(requests, Map.of()).answers().stream()
                        .map(Optional::of)
                        .toList());\
            """)
        .under("killed-in-transaction:order-service");
  }

  private static BrokenBuild lateReplyRevives() {
    return BrokenBuild.of("late-reply-revives", Part.ORDER_SERVICE, "I6", "I8")
        .edit(
            ORDER + "saga/SagaDefinition.java",
            ": new Ignored(\"not the undo that is awaited\");",
            """
            : step.isCompletedBy(reply)
                          ? advance(saga, order, index + 1, now)
                          : new Ignored("not the undo that is awaited");\
            """);
  }

  private static BrokenBuild randomPartition() {
    return BrokenBuild.of("random-partition-key", null, "I17")
        .prepared(
            platform ->
                configure(platform, "order", "transforms.outbox.table.field.event.key", "id"));
  }

  private static BrokenBuild refundNotRepeated() {
    return BrokenBuild.of("refund-not-repeated", Part.PAYMENT_SERVICE, "I5", "I10")
        .edit(
            PAYMENT + "messaging/ProviderCalls.java",
            "    if (claiming || inFlight >= MAX_IN_FLIGHT) {",
            "    if (!CLAIM_EVERY.isZero()) {")
        // Nor where the saga asks for it again.
        .edit(
            PAYMENT + "domain/PaymentBatch.java",
            "        && before.attempts() == payment.attempts();",
            "        && before.attempts() >= payment.attempts();")
        .under("provider-fail:payment-service");
  }

  private static BrokenBuild poisonSwallowed() {
    return BrokenBuild.of("poison-swallowed", Part.ORDER_SERVICE, "I22")
        .edit(
            DELIVERY + "FaultIsolation.java",
            "transactions.park(entry, cause)",
            "Future.<Void>succeededFuture()")
        .under("poison:order.replies");
  }

  private static BrokenBuild environmentParked() {
    return BrokenBuild.of("environment-parked", Part.INVENTORY_SERVICE, "I22")
        .edit(
            OUTBOX + "FaultClassifier.java",
            "    return isEnvironment(cause) ? ENVIRONMENT : UNCERTAIN;",
            """
                return cause instanceof io.vertx.pgclient.PgException
                    ? MESSAGE
                    : isEnvironment(cause) ? ENVIRONMENT : UNCERTAIN;\
            """)
        .under("outbox-insert-revoked:inventory-db")
        .reported("which is no poison: refused by the database \\(42501\\)");
  }

  private static BrokenBuild environmentAnswered500() {
    return BrokenBuild.of("environment-answered-500", Part.ORDER_SERVICE, "I28")
        .edit(
            DEFAULTS + "http/EnvironmentProblem.java",
            """
                return Problem.retryLater(
                    ProblemType.UNAVAILABLE, "the database is not available", Problems.RETRY_AFTER_SECONDS);
            """,
            """
                return Problem.of(ProblemType.INTERNAL_ERROR, "the database is not available");
            """)
        .under("password-changed:order-db");
  }

  private static BrokenBuild slotWithoutReconciler() {
    return BrokenBuild.of("slot-dropped-without-reconciler", Part.ORDER_SERVICE, "I15")
        .edit(
            ORDER + "OrderServiceMain.java",
            "messaging.reconciler(),\n                audit,",
            "audit,")
        .under("connector-stopped-and-slot-dropped:order-db");
  }

  private static BrokenBuild powerCutWithoutFsync() {
    return BrokenBuild.of("fsync-off-and-power-cut", null, "I1")
        .prepared(BrokenBuilds::fsyncOff)
        .under(POWER_CUT);
  }

  /** Has order-db acknowledge commits that are not flushed. */
  private static void fsyncOff(Platform platform) {
    try (Connection connection = platform.connect("order");
        Statement statement = connection.createStatement()) {
      statement.execute("ALTER SYSTEM SET fsync = off");
      statement.execute("SELECT pg_reload_conf()");
      // Everything written until now survives the power cut: the server can start.
      statement.execute("CHECKPOINT");
      new Disks(platform.layout()).flush(Part.ORDER_DB);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Changes one setting of a connector that runs. */
  private static void configure(Platform platform, String domain, String name, String value) {
    Path file = platform.layout().root().resolve("infra/debezium/" + domain + "-outbox.json");
    String url = platform.ports().url(Part.CONNECT) + "/connectors/" + domain + "-outbox/config";
    try {
      ObjectNode config = (ObjectNode) new ObjectMapper().readTree(file.toFile());
      if (!config.has(name)) {
        throw new IllegalStateException(file + " has no " + name);
      }
      Http.Answer answer = new Http().send("PUT", url, config.put(name, value).toString());
      if (answer.status() >= 300) {
        throw new IllegalStateException(url + ": " + answer.status() + " " + answer.raw().body());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
