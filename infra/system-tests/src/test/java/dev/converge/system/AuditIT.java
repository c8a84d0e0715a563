package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import dev.converge.testkit.TestPlatform;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Messages lost between the outbox and its topics are detected and published again, and
 * inconsistent data is reported. Drops the slot, deletes records and topics while messages are in
 * flight, corrupts rows by hand, and reads the findings as an operator would.
 */
@Order(2)
class AuditIT {
  private static final String EXCHANGED =
      """
      UPDATE payment SET status = CASE status WHEN 'CHARGED' THEN 'DECLINED' ELSE 'CHARGED' END
      WHERE order_id IN ('%s', '%s')
      """;

  /** Time within which a finding is reported. */
  private static final Duration REPORTED_WITHIN = Duration.ofSeconds(60);

  /** Time for a repair: well before the first deadline of a saga, after 15 minutes. */
  private static final Duration REPAIRED_WITHIN = Duration.ofMinutes(3);

  private static final TestPlatform PLATFORM = TestPlatform.shared();

  /** Topics whose records were deleted: handled records need not be published again. */
  private static final Set<String> TRUNCATED = new HashSet<>();

  private final OrderApi api = new OrderApi(PLATFORM);
  private final Convergence convergence = new Convergence(PLATFORM);

  @Tag("campaign")
  @Test
  void droppedSlotIsRecreatedAndItsMessagesArePublished() {
    List<String> orderIds = place(5);
    PLATFORM.platform().kill(Part.CONNECT);
    orderIds.addAll(place(10));
    dropSlot("order");
    orderIds.addAll(place(5));

    awaitFinding(Part.ORDER_SERVICE, "outbox-slot", "outbox: gone");
    // The audit's own function makes it, Connect being away.
    Awaitility.await("a slot again")
        .atMost(REPORTED_WITHIN)
        .until(
            () ->
                !convergence
                    .strings("order", "SELECT slot_name FROM pg_replication_slots")
                    .isEmpty());
    PLATFORM.start(Part.CONNECT);
    awaitFinding(Part.ORDER_SERVICE, "outbox-rows", "");

    awaitRepaired(orderIds);
    assertThat(api.metric(Part.ORDER_SERVICE, "outbox_audit_republished_total")).isPositive();
    assertThat(republished("order")).isPositive();
  }

  @Tag("campaign")
  @Test
  void slotDroppedUnderARunningConnectorLosesNoOrder() {
    List<String> orderIds = place(20);
    orderIds.forEach(orderId -> api.awaitEnd(orderId, Duration.ofSeconds(60)));
    awaitAudit("inventory", "audited", "audited_to", lastRow("inventory"));
    dropSlot("inventory");
    orderIds.addAll(place(5));

    awaitFinding(Part.INVENTORY_SERVICE, "outbox-slot", "outbox: recreated");
    awaitRepaired(orderIds);
  }

  @Test
  void deletedRecordsArePublishedAgain() throws Exception {
    deletedRecordsArePublishedAgain(true);
  }

  @Tag("campaign")
  @Test
  void recordsDeletedWhileTheServiceIsDownArePublishedAgain() throws Exception {
    deletedRecordsArePublishedAgain(false);
  }

  private void deletedRecordsArePublishedAgain(boolean auditRuns) throws Exception {
    PLATFORM.platform().kill(Part.INVENTORY_SERVICE);
    List<String> orderIds = place(10);
    awaitAllInTopics("order");
    if (!auditRuns) {
      awaitAudit("order", "audited", "audited_to", lastRow("order"));
      PLATFORM.platform().kill(Part.ORDER_SERVICE);
    }
    deleteRecords("inventory.commands");
    if (!auditRuns) {
      PLATFORM.start(Part.ORDER_SERVICE);
    }
    PLATFORM.start(Part.INVENTORY_SERVICE);

    awaitFinding(Part.ORDER_SERVICE, "outbox-rows", "");
    awaitRepaired(orderIds);
  }

  @Tag("campaign")
  @Test
  void recordsDeletedAfterTheyWereHandledAreReportedAndNotPublishedAgain() throws Exception {
    place(10).forEach(orderId -> api.awaitEnd(orderId, Duration.ofSeconds(60)));
    awaitAudit(
        "order", "handled", "topics -> 'inventory.commands' ->> 'handled_to'", lastRow("order"));
    int before = republished("order");
    deleteRecords("inventory.commands");
    String deleted = convergence.strings("order", "SELECT now()::text").get(0);

    awaitFinding(Part.ORDER_SERVICE, "outbox-topics", "inventory.commands has lost records");
    List<String> orderIds = place(1);
    awaitAudit("order", "audited", "audited_to", deleted);
    awaitRepaired(orderIds);
    assertThat(republished("order")).isEqualTo(before);
  }

  private String lastRow(String domain) {
    return convergence.strings(domain, "SELECT max(created_at)::text FROM outbox").get(0);
  }

  private void awaitAudit(String domain, String what, String moment, String later) {
    Awaitility.await(what + " up to " + later)
        .atMost(REPORTED_WITHIN)
        .until(
            () ->
                !convergence
                    .strings(
                        domain,
                        "SELECT id FROM outbox_audited WHERE (%s)::timestamptz > '%s'"
                            .formatted(moment, later))
                    .isEmpty());
  }

  @Tag("campaign")
  @Test
  void rowLostDuringHoursWithoutAReconcilerIsPublishedAgain() {
    String orderId = place(1).get(0);
    api.awaitEnd(orderId, Duration.ofSeconds(60));
    PLATFORM.platform().kill(Part.ORDER_SERVICE);
    PLATFORM.platform().kill(Part.CONNECT);
    // The slot is moved past a row of two hours ago, where the last audit was three hours ago.
    String lost =
        convergence
            .strings(
                "order",
                """
                INSERT INTO outbox (id, aggregatetype, aggregateid, sequence, type, payload,
                                    correlationid, created_at)
                SELECT gen_random_uuid(), 'order.events', gen_random_uuid()::text, 1, type, payload,
                       correlationid, now() - interval '2 hours'
                FROM outbox WHERE aggregatetype = 'order.events' AND aggregateid = '%s'
                ORDER BY sequence DESC LIMIT 1
                RETURNING id::text
                """
                    .formatted(orderId))
            .get(0);
    Awaitility.await("the slot moved")
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(
            () ->
                !convergence
                    .strings(
                        "order",
                        """
                        SELECT end_lsn::text
                        FROM pg_replication_slot_advance('outbox', pg_current_wal_lsn())
                        """)
                    .isEmpty());
    convergence.strings(
        "order",
        """
        UPDATE outbox_audited SET audited_to = now() - interval '3 hours' RETURNING id::text
        """);
    PLATFORM.start(Part.CONNECT);
    PLATFORM.start(Part.ORDER_SERVICE);

    awaitFinding(Part.ORDER_SERVICE, "outbox-rows", lost);
    awaitAllInTopics("order");
  }

  @Tag("campaign")
  @Test
  void unpublishableRowIsReportedOnceAndBlocksNothing() {
    awaitAudit(
        "order",
        "audited",
        "audited_to",
        convergence.strings("order", "SELECT (now() - interval '1 minute')::text").get(0));
    PLATFORM.platform().kill(Part.ORDER_SERVICE);
    PLATFORM.platform().kill(Part.CONNECT);
    // As it was before the table had bounds.
    List<String> bounds =
        convergence.strings(
            "order",
            """
            SELECT pg_get_constraintdef(oid) FROM pg_constraint
            WHERE conrelid = 'outbox'::regclass AND conname = 'outbox_payload_is_bounded'
            """);
    convergence.update("order", "ALTER TABLE outbox DROP CONSTRAINT outbox_payload_is_bounded");
    String tooLarge =
        convergence
            .strings(
                "order",
                """
                INSERT INTO outbox (id, aggregatetype, aggregateid, sequence, type, payload, correlationid)
                VALUES (gen_random_uuid(), 'order.events', 'too-large', 1, 'large',
                        repeat('x', 1100000), gen_random_uuid())
                RETURNING id::text
                """)
            .get(0);
    convergence.update(
        "order", "ALTER TABLE outbox ADD CONSTRAINT outbox_payload_is_bounded " + bounds.get(0));
    dropSlot("order");
    PLATFORM.start(Part.ORDER_SERVICE);
    List<String> orderIds = place(3);
    PLATFORM.start(Part.CONNECT);

    awaitFinding(Part.ORDER_SERVICE, "outbox-unpublishable", tooLarge);
    orderIds.forEach(orderId -> api.awaitEnd(orderId, REPAIRED_WITHIN));
    Awaitility.await("reported once")
        .atMost(Duration.ofMinutes(2))
        .until(() -> cases(Part.ORDER_SERVICE, "outbox-unpublishable").isEmpty());
    assertThat(api.metric(Part.ORDER_SERVICE, "outbox_audit_unpublishable_total")).isEqualTo(1);
    assertThat(
            convergence.strings(
                "order",
                "SELECT message_id::text FROM outbox_republication WHERE message_id = '"
                    + tooLarge
                    + "'"))
        .isEmpty();
    convergence.update("order", "DELETE FROM outbox WHERE id = '" + tooLarge + "'");
  }

  @Tag("campaign")
  @ParameterizedTest(name = "auditRuns={0}")
  @ValueSource(booleans = {true, false})
  void deletedTopicIsRecreatedWithItsPartitionsAndMessages(boolean auditRuns) throws Exception {
    api.awaitEnd(place(1).get(0), Duration.ofSeconds(60));
    // It knows the topic's shape only once one has seen it.
    Awaitility.await("an audit that looks")
        .atMost(REPORTED_WITHIN)
        .until(() -> !convergence.strings("order", "SELECT id FROM outbox_audited").isEmpty());
    PLATFORM.platform().kill(Part.PAYMENT_SERVICE);
    List<String> orderIds = place(5);
    orderIds.forEach(orderId -> api.awaitStep(orderId, "charge-payment"));
    if (!auditRuns) {
      PLATFORM.platform().kill(Part.ORDER_SERVICE);
    }
    try (Admin admin = admin()) {
      TRUNCATED.add("payment.commands");
      admin.deleteTopics(List.of("payment.commands")).all().get(30, TimeUnit.SECONDS);
    }
    if (!auditRuns) {
      PLATFORM.start(Part.ORDER_SERVICE);
    }
    awaitFinding(Part.ORDER_SERVICE, "outbox-topics", "payment.commands");
    Awaitility.await("as many partitions as before")
        .atMost(REPORTED_WITHIN)
        .ignoreExceptions()
        .until(() -> partitions("payment.commands") == 12);
    PLATFORM.start(Part.PAYMENT_SERVICE);

    awaitRepaired(orderIds);
  }

  private int partitions(String topic) throws Exception {
    try (Admin admin = admin()) {
      Map<String, TopicDescription> found =
          admin.describeTopics(List.of(topic)).allTopicNames().get(30, TimeUnit.SECONDS);
      return Objects.requireNonNull(found.get(topic)).partitions().size();
    }
  }

  @Tag("campaign")
  @Test
  void rowsThatWaitForTheConnectorAreNotMissing() {
    double before = api.metric(Part.ORDER_SERVICE, "outbox_audit_republished_total");
    PLATFORM.platform().kill(Part.CONNECT);
    List<String> orderIds = place(10);
    // Several rounds search for the rows.
    Awaitility.await("rows that wait")
        .atMost(Duration.ofSeconds(90))
        .until(() -> api.metric(Part.ORDER_SERVICE, "outbox_audit_lag_seconds") > 45);
    PLATFORM.start(Part.CONNECT);

    awaitRepaired(orderIds);
    assertThat(api.metric(Part.ORDER_SERVICE, "outbox_audit_republished_total")).isEqualTo(before);
  }

  @Test
  void orphanedReservationAndWrongSumAreReported() {
    String orphan = "00000000-0000-7000-8000-000000000001";
    convergence.update(
        "inventory",
        """
        INSERT INTO reservation (order_id, status, lines, version, updated_at)
        VALUES ('%s', 'RESERVED', '[{"sku":"moka-pot","quantity":1}]', 1, now() - interval '1 day')
        """
            .formatted(orphan));

    awaitFinding(Part.INVENTORY_SERVICE, "reservations-orphaned", orphan);
    awaitFinding(Part.INVENTORY_SERVICE, "stock-not-as-reserved", "moka-pot");
    assertThat(api.findings(Part.INVENTORY_SERVICE, "reservations-orphaned")).isEqualTo(1);

    convergence.update("inventory", "DELETE FROM reservation WHERE order_id = '" + orphan + "'");
    Awaitility.await("no finding")
        .atMost(REPORTED_WITHIN)
        .until(() -> cases(Part.INVENTORY_SERVICE, "reservations-orphaned").isEmpty());
  }

  @Test
  void onlyStockReservedForAnEndedOrderIsReported() {
    String ended = place(1).get(0);
    api.awaitEnd(ended, Duration.ofSeconds(60));
    PLATFORM.platform().stop(Part.PAYMENT_SERVICE);
    String waiting = place(1).get(0);
    Awaitility.await("stock is held")
        .atMost(Duration.ofSeconds(30))
        .until(() -> reservation(waiting).equals("RESERVED"));
    hold(ended);
    hold(waiting);

    awaitFinding(Part.INVENTORY_SERVICE, "reservations-orphaned", ended);
    assertThat(cases(Part.INVENTORY_SERVICE, "reservations-orphaned")).containsExactly(ended);

    convergence.update(
        "inventory", "UPDATE reservation SET status = 'SHIPPED' WHERE order_id = '" + ended + "'");
    PLATFORM.start(Part.PAYMENT_SERVICE);
    api.awaitEnd(waiting, Duration.ofSeconds(60));
  }

  private String reservation(String orderId) {
    return String.join(
        "",
        convergence.strings(
            "inventory", "SELECT status FROM reservation WHERE order_id = '" + orderId + "'"));
  }

  private void hold(String orderId) {
    convergence.update(
        "inventory",
        """
        UPDATE reservation SET status = 'RESERVED', updated_at = now() - interval '1 minute'
        WHERE order_id = '%s'
        """
            .formatted(orderId));
  }

  @ParameterizedTest
  @CsvSource({
    "amount_minor = amount_minor + 1, amount_minor = amount_minor - 1",
    "currency = $$USD$$, currency = $$EUR$$"
  })
  void paymentThatDiffersFromTheProviderIsReported(String spoil, String repair) {
    String orderId = place(1).get(0);
    api.awaitEnd(orderId, Duration.ofSeconds(60));
    charge(orderId, spoil);

    awaitFinding(Part.PAYMENT_SERVICE, "payments-not-as-provider", orderId);
    charge(orderId, repair);
  }

  @Tag("campaign")
  @ParameterizedTest
  @CsvSource({"espresso-beans, tok_ok, DECLINED", "espresso-beans, tok_declined, CHARGED"})
  void paymentThatDiffersFromItsOrderIsReported(String sku, String token, String spoilt) {
    String orderId = api.place(sku, 1, token);
    api.awaitEnd(orderId, Duration.ofSeconds(60));
    String was = paymentStatus(orderId);
    paid(orderId, spoilt);

    awaitFinding(Part.PAYMENT_SERVICE, "payments-not-as-orders", orderId);
    paid(orderId, was);
    Awaitility.await("no finding")
        .atMost(REPORTED_WITHIN)
        .until(() -> cases(Part.PAYMENT_SERVICE, "payments-not-as-orders").isEmpty());
  }

  @Tag("campaign")
  @Test
  void paymentsWhoseErrorsCancelOutAreReported() {
    String ended = api.place("espresso-beans", 1, "tok_ok");
    String declined = api.place("espresso-beans", 1, "tok_declined");
    List.of(ended, declined).forEach(id -> api.awaitEnd(id, Duration.ofSeconds(60)));
    convergence.update("payment", EXCHANGED.formatted(ended, declined));

    awaitFinding(Part.PAYMENT_SERVICE, "payments-not-as-orders", ended);
    awaitFinding(Part.PAYMENT_SERVICE, "payments-not-as-orders", declined);
    convergence.update("payment", EXCHANGED.formatted(ended, declined));
    Awaitility.await("no finding")
        .atMost(REPORTED_WITHIN)
        .until(() -> cases(Part.PAYMENT_SERVICE, "payments-not-as-orders").isEmpty());
  }

  private String paymentStatus(String orderId) {
    return convergence
        .strings("payment", "SELECT status FROM payment WHERE order_id = '" + orderId + "'")
        .get(0);
  }

  private void paid(String orderId, String status) {
    convergence.update(
        "payment",
        "UPDATE payment SET status = '%s' WHERE order_id = '%s'".formatted(status, orderId));
  }

  private void charge(String orderId, String change) {
    convergence.update(
        "payment", "UPDATE provider.charge SET %s WHERE key = '%s'".formatted(change, orderId));
  }

  @Test
  void stockShippedWithoutAnOrderIsReported() {
    api.awaitEnd(place(1).get(0), Duration.ofSeconds(60));
    ship(1);

    awaitFinding(Part.INVENTORY_SERVICE, "stock-not-as-shipped", "espresso-beans: ");
    ship(-1);
  }

  private void ship(int units) {
    convergence.update(
        "inventory",
        """
        UPDATE stock SET available = available - %1$d, shipped = shipped + %1$d
        WHERE sku = 'espresso-beans'
        """
            .formatted(units));
  }

  private List<String> place(int orders) {
    List<String> orderIds = new ArrayList<>();
    for (int i = 0; i < orders; i++) {
      orderIds.add(api.place("espresso-beans", 1, "tok_ok"));
    }
    return orderIds;
  }

  /** Drops the slot as an operator's mistake would: ends its reader first. */
  private void dropSlot(String domain) {
    Awaitility.await("the slot of " + domain + " dropped")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptions()
        .until(
            () ->
                convergence
                        .strings(
                            domain,
                            """
                        SELECT pg_terminate_backend(active_pid)::text FROM pg_replication_slots
                        WHERE active_pid IS NOT NULL
                        """)
                        .isEmpty()
                    && !convergence
                        .strings(domain, "SELECT pg_drop_replication_slot('outbox')::text")
                        .isEmpty());
  }

  private void awaitRepaired(List<String> orderIds) {
    for (String orderId : orderIds) {
      assertThat(api.awaitEnd(orderId, REPAIRED_WITHIN).path("status").asText())
          .as(orderId)
          .isEqualTo("COMPLETED");
    }
    Topology.domains().forEach(this::awaitAllInTopics);
    convergence.await(Duration.ofSeconds(60));
    convergence.assertHolds();
  }

  private void awaitAllInTopics(String domain) {
    Awaitility.await("all of " + domain + " in its topics")
        .atMost(REPAIRED_WITHIN)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () -> {
              for (Topology.Topic topic : Topology.outputsOf(Topology.service(domain))) {
                assertThat(missing(domain, topic)).as("missing from " + topic.name()).isEmpty();
              }
            });
  }

  private Set<String> missing(String domain, Topology.Topic of) {
    String topic = of.name();
    Set<String> missing =
        new HashSet<>(
            convergence.strings(
                domain, "SELECT id::text FROM outbox WHERE aggregatetype = '%s'".formatted(topic)));
    missing.removeAll(idsIn(List.of(topic)));
    Topology.Service reader = of.consumer();
    if (reader != null && TRUNCATED.contains(topic) && !missing.isEmpty()) {
      convergence
          .strings(
              reader.domain(),
              "SELECT message_id::text FROM inbox WHERE consumer = '%s'".formatted(reader.id()))
          .forEach(missing::remove);
    }
    return missing;
  }

  private Set<String> idsIn(List<String> topics) {
    Set<String> ids = new HashSet<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrapServers(), "isolation.level", "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          topics.stream()
              .flatMap(topic -> consumer.partitionsFor(topic).stream())
              .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      Awaitility.await("the end of " + topics)
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(1))
          .until(
              () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(entry -> ids.add(id(entry)));
                return ends.entrySet().stream()
                    .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
              });
    }
    return ids;
  }

  private static String id(ConsumerRecord<byte[], byte[]> entry) {
    return new String(entry.headers().lastHeader("ce_id").value(), StandardCharsets.UTF_8);
  }

  private void deleteRecords(String topic) throws Exception {
    TRUNCATED.add(topic);
    Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
    try (Admin admin = admin();
        KafkaConsumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrapServers()),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
      consumer
          .endOffsets(
              consumer.partitionsFor(topic).stream()
                  .map(partition -> new TopicPartition(topic, partition.partition()))
                  .collect(Collectors.toSet()))
          .forEach((partition, end) -> all.put(partition, RecordsToDelete.beforeOffset(end)));
      admin.deleteRecords(all).all().get(30, TimeUnit.SECONDS);
    }
  }

  private Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", bootstrapServers()));
  }

  private String bootstrapServers() {
    return "127.0.0.1:" + PLATFORM.platform().ports().of(Part.KAFKA);
  }

  private void awaitFinding(Part service, String check, String named) {
    Awaitility.await(check + " at " + service.id())
        .atMost(REPORTED_WITHIN)
        .pollInterval(Duration.ofMillis(200))
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              assertThat(cases(service, check)).anyMatch(one -> one.contains(named));
              // Together: a repair is reported for a minute only.
              assertThat(api.findings(service, check)).as("gauge of " + check).isPositive();
            });
  }

  private List<String> cases(Part service, String check) {
    List<String> cases = new ArrayList<>();
    for (JsonNode finding : api.send("GET", service, "/audit", null).body().path("findings")) {
      if (finding.path("check").asText().equals(check)) {
        finding.path("cases").forEach(one -> cases.add(one.asText()));
      }
    }
    return cases;
  }

  private int republished(String domain) {
    return convergence.strings(domain, "SELECT message_id::text FROM outbox_republication").size();
  }
}
