package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: messages lost between the outbox and its topics are detected and published again. Method:
 * drops the slot, deletes records and topics while messages are in flight, and reads the findings
 * as an operator would.
 */
@Order(2)
class ReconcilerIT {
  /** Time for a repair: well before the first deadline of a saga, after 15 minutes. */
  private static final Duration REPAIRED_WITHIN = Duration.ofMinutes(3);

  private static final String REPUBLISHED = "outbox_reconciler_republished_total";

  private static final TestPlatform PLATFORM = TestPlatform.shared();

  /** Topics whose records were deleted: handled records need not be published again. */
  private static final Set<String> TRUNCATED = new HashSet<>();

  private final OrderApi api = new OrderApi(PLATFORM);
  private final Convergence convergence = new Convergence(PLATFORM);
  private final AuditFindings audit = new AuditFindings(api);
  private final Topics topics = new Topics(PLATFORM);

  @AfterEach
  void startEveryPart() {
    PLATFORM.start(Part.CONNECT);
    PLATFORM.start(Topology.serviceParts());
  }

  @Tag("campaign")
  @Test
  void droppedSlotIsRecreatedAndItsMessagesArePublished() {
    double counted = api.metric(Part.ORDER_SERVICE, REPUBLISHED);
    int stored = republished("order");
    List<String> orderIds = api.place(5);
    PLATFORM.platform().kill(Part.CONNECT);
    orderIds.addAll(api.place(10));
    dropSlot("order");
    orderIds.addAll(api.place(5));

    audit.awaitFinding(Part.ORDER_SERVICE, "outbox-slot", "outbox: gone");
    // The reconciler recreates it with its own function, because Connect is down.
    Awaitility.await("slot again")
        .atMost(AuditFindings.REPORTED_WITHIN)
        .until(
            () ->
                !convergence
                    .strings("order", "SELECT slot_name FROM pg_replication_slots")
                    .isEmpty());
    PLATFORM.start(Part.CONNECT);
    audit.awaitFinding(Part.ORDER_SERVICE, "outbox-rows", "");

    awaitRepaired(orderIds);
    assertThat(api.metric(Part.ORDER_SERVICE, REPUBLISHED)).isGreaterThan(counted);
    assertThat(republished("order")).isGreaterThan(stored);
  }

  @Tag("campaign")
  @Test
  void slotDroppedUnderARunningConnectorLosesNoOrder() {
    List<String> orderIds = api.place(20);
    orderIds.forEach(orderId -> api.awaitEnd(orderId, Duration.ofSeconds(60)));
    awaitReconciler("inventory", "reconciled", "reconciled_to", lastRow("inventory"));
    dropSlot("inventory");
    orderIds.addAll(api.place(5));

    audit.awaitFinding(Part.INVENTORY_SERVICE, "outbox-slot", "outbox: recreated");
    awaitRepaired(orderIds);
  }

  @Tag("campaign")
  @Test
  void deletedRecordsArePublishedAgain() throws Exception {
    deletedRecordsArePublishedAgain(true);
  }

  @Tag("campaign")
  @Test
  void recordsDeletedWhileTheServiceIsDownArePublishedAgain() throws Exception {
    deletedRecordsArePublishedAgain(false);
  }

  private void deletedRecordsArePublishedAgain(boolean reconcilerRuns) throws Exception {
    PLATFORM.platform().kill(Part.INVENTORY_SERVICE);
    List<String> orderIds = api.place(10);
    awaitAllInTopics("order");
    if (!reconcilerRuns) {
      awaitReconciler("order", "reconciled", "reconciled_to", lastRow("order"));
      PLATFORM.platform().kill(Part.ORDER_SERVICE);
    }
    deleteRecords("inventory.commands");
    if (!reconcilerRuns) {
      PLATFORM.start(Part.ORDER_SERVICE);
    }
    PLATFORM.start(Part.INVENTORY_SERVICE);

    audit.awaitFinding(Part.ORDER_SERVICE, "outbox-rows", "");
    awaitRepaired(orderIds);
  }

  @Tag("campaign")
  @Test
  void recordsDeletedAfterTheyWereHandledAreReportedAndNotPublishedAgain() throws Exception {
    api.place(10).forEach(orderId -> api.awaitEnd(orderId, Duration.ofSeconds(60)));
    awaitReconciler(
        "order", "handled", "topics -> 'inventory.commands' ->> 'handled_to'", lastRow("order"));
    int before = republished("order");
    deleteRecords("inventory.commands");
    String deleted = convergence.strings("order", "SELECT now()::text").get(0);

    audit.awaitFinding(Part.ORDER_SERVICE, "outbox-topics", "inventory.commands has lost records");
    List<String> orderIds = api.place(1);
    awaitReconciler("order", "reconciled", "reconciled_to", deleted);
    awaitRepaired(orderIds);
    assertThat(republished("order")).isEqualTo(before);
  }

  private void deleteRecords(String topic) throws Exception {
    TRUNCATED.add(topic);
    topics.deleteRecords(topic);
  }

  private String lastRow(String domain) {
    return convergence.strings(domain, "SELECT max(created_at)::text FROM outbox").get(0);
  }

  private void awaitReconciler(String domain, String what, String moment, String later) {
    Awaitility.await(what + " up to " + later)
        .atMost(AuditFindings.REPORTED_WITHIN)
        .until(
            () ->
                !convergence
                    .strings(
                        domain,
                        "SELECT id FROM outbox_reconciled WHERE (%s)::timestamptz > '%s'"
                            .formatted(moment, later))
                    .isEmpty());
  }

  @Tag("campaign")
  @Test
  void rowLostDuringHoursWithoutAReconcilerIsPublishedAgain() {
    String orderId = api.place(1).get(0);
    api.awaitEnd(orderId, Duration.ofSeconds(60));
    PLATFORM.platform().kill(Part.ORDER_SERVICE);
    PLATFORM.platform().kill(Part.CONNECT);
    // The slot is moved past a row of two hours ago, where the last round was three hours ago.
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
    Awaitility.await("slot moved")
        .atMost(Duration.ofSeconds(60))
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
        UPDATE outbox_reconciled SET reconciled_to = now() - interval '3 hours' RETURNING id::text
        """);
    PLATFORM.start(Part.CONNECT);
    PLATFORM.start(Part.ORDER_SERVICE);

    audit.awaitFinding(Part.ORDER_SERVICE, "outbox-rows", lost);
    awaitAllInTopics("order");
  }

  @Tag("campaign")
  @Test
  void unpublishableRowIsReportedOnceAndBlocksNothing() {
    awaitReconciler(
        "order",
        "reconciled",
        "reconciled_to",
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
    String tooLarge;
    try {
      tooLarge =
          convergence
              .strings(
                  "order",
                  """
                  INSERT INTO outbox (id, aggregatetype, aggregateid, sequence, type, payload,
                                      correlationid)
                  VALUES (gen_random_uuid(), 'order.events', 'too-large', 1, 'large',
                          repeat('x', 1100000), gen_random_uuid())
                  RETURNING id::text
                  """)
              .get(0);
    } finally {
      convergence.update(
          "order", "ALTER TABLE outbox ADD CONSTRAINT outbox_payload_is_bounded " + bounds.get(0));
    }
    try {
      assertReportedOnce(tooLarge);
    } finally {
      convergence.update("order", "DELETE FROM outbox WHERE id = '" + tooLarge + "'");
    }
  }

  private void assertReportedOnce(String tooLarge) {
    dropSlot("order");
    PLATFORM.start(Part.ORDER_SERVICE);
    List<String> orderIds = api.place(3);
    PLATFORM.start(Part.CONNECT);

    audit.awaitFinding(Part.ORDER_SERVICE, "outbox-unpublishable", tooLarge);
    orderIds.forEach(orderId -> api.awaitEnd(orderId, REPAIRED_WITHIN));
    Awaitility.await("reported once")
        .atMost(Duration.ofMinutes(2))
        .until(() -> audit.cases(Part.ORDER_SERVICE, "outbox-unpublishable").isEmpty());
    assertThat(api.metric(Part.ORDER_SERVICE, "outbox_reconciler_unpublishable_total"))
        .isEqualTo(1);
    assertThat(
            convergence.strings(
                "order",
                "SELECT message_id::text FROM outbox_republication WHERE message_id = '"
                    + tooLarge
                    + "'"))
        .isEmpty();
  }

  @Tag("campaign")
  @ParameterizedTest(name = "reconcilerRuns={0}")
  @ValueSource(booleans = {true, false})
  void deletedTopicIsRecreatedWithItsPartitionsAndMessages(boolean reconcilerRuns)
      throws Exception {
    api.awaitEnd(api.place(1).get(0), Duration.ofSeconds(60));
    // It knows the topic's shape only once one has seen it.
    Awaitility.await("round of the reconciler")
        .atMost(AuditFindings.REPORTED_WITHIN)
        .until(() -> !convergence.strings("order", "SELECT id FROM outbox_reconciled").isEmpty());
    PLATFORM.platform().kill(Part.PAYMENT_SERVICE);
    List<String> orderIds = api.place(5);
    orderIds.forEach(orderId -> api.awaitStep(orderId, "charge-payment"));
    if (!reconcilerRuns) {
      PLATFORM.platform().kill(Part.ORDER_SERVICE);
    }
    TRUNCATED.add("payment.commands");
    topics.delete("payment.commands");
    if (!reconcilerRuns) {
      PLATFORM.start(Part.ORDER_SERVICE);
    }
    audit.awaitFinding(Part.ORDER_SERVICE, "outbox-topics", "payment.commands");
    Awaitility.await("as many partitions as before")
        .atMost(AuditFindings.REPORTED_WITHIN)
        .ignoreExceptions()
        .until(() -> topics.partitions("payment.commands") == 12);
    PLATFORM.start(Part.PAYMENT_SERVICE);

    awaitRepaired(orderIds);
  }

  @Tag("campaign")
  @Test
  void rowsThatWaitForTheConnectorAreNotMissing() {
    Topology.domains().forEach(this::awaitAllInTopics);
    double before = api.metric(Part.ORDER_SERVICE, REPUBLISHED);
    PLATFORM.platform().kill(Part.CONNECT);
    List<String> orderIds = api.place(10);
    // Several rounds search for the rows.
    Awaitility.await("rows that wait")
        .atMost(Duration.ofSeconds(90))
        .until(() -> api.metric(Part.ORDER_SERVICE, "outbox_reconciler_lag_seconds") > 45);
    PLATFORM.start(Part.CONNECT);

    awaitRepaired(orderIds);
    assertThat(api.metric(Part.ORDER_SERVICE, REPUBLISHED)).isEqualTo(before);
  }

  /** Drops the slot as an operator's mistake would: ends its reader first. */
  private void dropSlot(String domain) {
    Awaitility.await("slot of " + domain + " dropped")
        .atMost(Duration.ofSeconds(60))
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
    missing.removeAll(topics.messageIds(topic));
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

  private int republished(String domain) {
    return convergence.strings(domain, "SELECT message_id::text FROM outbox_republication").size();
  }
}
