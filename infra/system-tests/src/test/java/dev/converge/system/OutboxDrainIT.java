package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.converge.platform.Http.Answer;
import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import dev.converge.testkit.TestPlatform;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: an outbox that is not drained is a finding within a minute, which names the cause;
 * repairable causes are repaired, and no message is lost. Method: connectors, publications, roles
 * and brokers are removed on one platform as an operator could, on three databases in parallel,
 * with a message waiting in each.
 */
@Order(4)
class OutboxDrainIT {
  private static final Duration FOUND_WITHIN = Duration.ofMinutes(1);
  private static final Duration DRAINED_WITHIN = Duration.ofMinutes(2);
  private static final Duration SHOWN_WITHIN = Duration.ofMinutes(2);

  private static final String MESSAGE =
      """
      INSERT INTO outbox (id, aggregatetype, aggregateid, sequence, type, payload, correlationid)
      SELECT gen_random_uuid(), aggregatetype, aggregateid,
             (SELECT max(sequence) + 1 FROM outbox WHERE aggregateid = '%1$s'),
             type, payload, correlationid
      FROM outbox WHERE aggregateid = '%1$s' AND aggregatetype IN ('inventory.commands', 'order.replies')
      ORDER BY sequence LIMIT 1
      RETURNING id::text
      """;
  private static final String FUTURE_MESSAGE =
      """
      INSERT INTO outbox (id, aggregatetype, aggregateid, sequence, type, payload, correlationid,
                          created_at)
      SELECT gen_random_uuid(), aggregatetype, aggregateid, sequence + 1, type, payload,
             correlationid, '2199-01-01'
      FROM outbox WHERE aggregateid = '%s' ORDER BY sequence DESC LIMIT 1
      """;
  private static final String END_READER =
      """
      SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE usename = 'debezium'
      """;
  private static final String PUBLISH =
      """
      CREATE PUBLICATION outbox FOR TABLE outbox, debezium_heartbeat
      WITH (publish = 'insert, update', publish_via_partition_root = true)
      """;

  private static final TestPlatform PLATFORM = TestPlatform.shared();

  private final OrderApi api = new OrderApi(PLATFORM);
  private final Convergence convergence = new Convergence(PLATFORM);

  /** An order that has ended: its messages are repeated, which changes nothing. */
  private static String ended = "";

  @BeforeAll
  static void begin() {
    OrderApi api = new OrderApi(PLATFORM);
    ended = api.place("espresso-beans", 1, "tok_ok");
    api.awaitEnd(ended, Duration.ofSeconds(60));
  }

  /** A test that fails must not leave a halted connector to the next one. */
  @AfterEach
  void resumeConnectors() {
    Topology.domains().forEach(domain -> connector("PUT", domain, "/resume"));
  }

  @Tag("campaign")
  @Test
  void connectorHaltedByAnOperatorIsReportedAndNotRepaired() {
    awaitNoRepairShown("order");
    connector("PUT", "order", "/pause");
    connector("PUT", "inventory", "/stop");
    awaitState("order", "PAUSED");
    awaitState("inventory", "STOPPED");
    String restart = slotPosition("order");
    List<Message> messages = writeEverywhere();

    awaitNotDrained("order", "connector order-outbox is paused by an operator");
    awaitNotDrained("inventory", "connector inventory-outbox is stopped by an operator");
    assertThat(
            api.metric(
                Part.ORDER_SERVICE,
                "outbox_oldest_undrained_age_seconds{cause=\"connector-paused\""))
        .isGreaterThan(30);
    // It does not wait for a halted connector.
    long begin = System.nanoTime();
    PLATFORM.platform().up((part, sinceBegin) -> {});
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(45));
    assertThat(cases("order", "outbox-repaired")).isEmpty();
    assertThat(slotPosition("order")).isEqualTo(restart);

    connector("PUT", "order", "/resume");
    connector("PUT", "inventory", "/resume");
    messages.forEach(this::awaitArrived);
    awaitDrainedEverywhere();
  }

  @Tag("campaign")
  @Test
  void droppedConnectorAndPublicationAreRecreatedAndNoOrderIsLost() {
    connector("DELETE", "payment", "");
    execute("order", "DROP PUBLICATION outbox");
    List<String> orderIds = place(3);
    List<Message> messages = writeEverywhere();
    // An operator reverts the mistake: rows written meanwhile can never be decoded.
    execute("inventory", "DROP PUBLICATION outbox");
    messages.add(write("inventory"));
    execute("inventory", PUBLISH);
    execute("inventory", "ALTER PUBLICATION outbox OWNER TO inventory_owner");
    messages.add(write("inventory"));

    awaitCase("order", "outbox-repaired", "publication outbox was repaired");
    awaitCase("payment", "outbox-repaired", "connector payment-outbox was registered");
    awaitCase("order", "outbox-repaired", "slot outbox was replaced");
    awaitCase("inventory", "outbox-repaired", "slot outbox was replaced");
    messages.forEach(this::awaitArrived);
    orderIds.forEach(this::awaitCompleted);
    awaitDrainedEverywhere();
    for (String domain : List.of("order", "inventory")) {
      assertThat(convergence.strings(domain, "SELECT failover::text FROM pg_replication_slots"))
          .containsExactly("true");
    }
  }

  @Tag("campaign")
  @Test
  void filteredMessagesAreReportedAndPublishedAfterTheRepair() {
    execute("order", "ALTER PUBLICATION outbox DROP TABLE outbox");
    execute("inventory", "ALTER PUBLICATION outbox SET TABLE outbox WHERE (sequence < 0)");
    String config = "/connectors/payment-outbox/config";
    ObjectNode before = (ObjectNode) send("GET", config, null);
    connector("PUT", "payment", "/stop");
    awaitState("payment", "STOPPED");
    put(config, before.deepCopy().put("table.include.list", "public.nothing"));
    List<Message> messages = writeEverywhere();
    connector("PUT", "payment", "/resume");

    awaitCase("order", "outbox-repaired", "publication outbox was repaired");
    awaitCase("inventory", "outbox-repaired", "publication outbox was repaired");
    awaitNotDrained("payment", "not in their topics");
    put(config, before);
    messages.forEach(this::awaitArrived);
    awaitDrainedEverywhere();
  }

  @Tag("campaign")
  @Test
  void revokedRightsAreNamed() {
    execute("order", "ALTER ROLE debezium NOREPLICATION");
    execute("inventory", "ALTER ROLE debezium PASSWORD 'another'");
    execute("payment", "ALTER ROLE debezium NOLOGIN");
    Topology.domains().forEach(domain -> execute(domain, END_READER));
    List<Message> messages = writeEverywhere();

    awaitNotDrained("order", "role debezium lacks REPLICATION");
    awaitNotDrained("inventory", "inventory-outbox");
    awaitNotDrained("payment", "role debezium lacks LOGIN");
    execute("order", "ALTER ROLE debezium REPLICATION");
    execute("inventory", "ALTER ROLE debezium PASSWORD 'converge-development'");
    execute("payment", "ALTER ROLE debezium LOGIN");
    messages.forEach(this::awaitArrived);
    awaitDrainedEverywhere();
  }

  @Tag("campaign")
  @Test
  void deletedHeartbeatTopicIsRecreatedAndAFutureRowHidesNothing() throws Exception {
    execute("inventory", FUTURE_MESSAGE.formatted(ended));
    new Topics(PLATFORM).delete("__debezium-heartbeat.order");
    connector("PUT", "inventory", "/pause");
    awaitState("inventory", "PAUSED");
    List<Message> messages = List.of(write("order"), write("inventory"));

    awaitNotDrained("inventory", "connector inventory-outbox is paused by an operator");
    connector("PUT", "inventory", "/resume");
    awaitCase("order", "outbox-repaired", "topic __debezium-heartbeat.order was created");
    messages.forEach(this::awaitArrived);
    awaitDrainedEverywhere();
    execute("inventory", "DELETE FROM outbox WHERE created_at > now() + interval '1 day'");
  }

  @Tag("campaign")
  @Test
  void watchReportsAnUnreadableDatabaseAndRegistersTheConnector() {
    execute("order", "REVOKE SELECT ON outbox_republication FROM order_service");
    execute("payment", "ALTER TABLE outbox_republication RENAME TO away");
    connector("PUT", "order", "/pause");
    connector("DELETE", "payment", "");
    awaitState("order", "PAUSED");
    List<Message> messages = writeEverywhere();

    awaitCase("order", "outbox-not-checked", "connector order-outbox is paused by an operator");
    awaitCase("order", "outbox-not-checked", "order-db: the outbox could not be checked for ");
    awaitCase("payment", "outbox-repaired", "connector payment-outbox was registered");
    execute("order", "GRANT SELECT, INSERT ON outbox_republication TO order_service");
    execute("payment", "ALTER TABLE away RENAME TO outbox_republication");
    connector("PUT", "order", "/resume");
    messages.forEach(this::awaitArrived);
    awaitDrainedEverywhere();
  }

  @Tag("campaign")
  @Test
  void unavailableConnectAndKafkaAreNamed() {
    PLATFORM.platform().kill(Part.CONNECT);
    List<Message> messages = writeEverywhere();
    awaitNotDrained("order", "Kafka Connect is not reachable");
    awaitNotDrained("payment", "Kafka Connect is not reachable");
    PLATFORM.platform().kill(Part.KAFKA);
    awaitNotDrained("inventory", "Kafka is not reachable");
    PLATFORM.start(Part.KAFKA, Part.CONNECT);

    messages.forEach(this::awaitArrived);
    awaitDrainedEverywhere();
  }

  @Test
  void connectorMayOnlyOverrideAllowedClientSettings() {
    ObjectNode config = (ObjectNode) send("GET", "/connectors/order-outbox/config", null);

    Answer refused =
        api.send(
            "PUT",
            Part.CONNECT,
            "/connectors/another/config",
            config.put("name", "another").put("producer.override.batch.size", "1").toString());

    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.raw().body()).contains("does not allow 'batch.size'");
  }

  /** A message of a domain's outbox. */
  private record Message(String domain, String id) {}

  private List<Message> writeEverywhere() {
    List<Message> messages = new ArrayList<>();
    Topology.domains().forEach(domain -> messages.add(write(domain)));
    return messages;
  }

  private Message write(String domain) {
    return new Message(domain, convergence.strings(domain, MESSAGE.formatted(ended)).get(0));
  }

  private List<String> place(int orders) {
    List<String> orderIds = new ArrayList<>();
    for (int i = 0; i < orders; i++) {
      orderIds.add(api.place("espresso-beans", 1, "tok_ok"));
    }
    return orderIds;
  }

  private void awaitCompleted(String orderId) {
    assertThat(api.awaitEnd(orderId, DRAINED_WITHIN).path("status").asText())
        .isEqualTo("COMPLETED");
  }

  private void awaitArrived(Message message) {
    String reader = message.domain().equals("order") ? "inventory" : "order";
    String sql = "SELECT message_id::text FROM inbox WHERE message_id = '" + message.id() + "'";
    Awaitility.await(message + " at " + reader)
        .atMost(DRAINED_WITHIN)
        .until(() -> !convergence.strings(reader, sql).isEmpty());
  }

  private void awaitNotDrained(String domain, String cause) {
    awaitCase(domain, "outbox-not-drained", cause);
    assertThat(cases(domain, "outbox-not-drained"))
        .allMatch(one -> one.startsWith(domain + "-db: the oldest message has waited for "));
  }

  /** Repairs are shown for a minute; those of an earlier test are no result of this one. */
  private void awaitNoRepairShown(String domain) {
    Awaitility.await("earlier repairs of " + domain + " no longer shown")
        .atMost(SHOWN_WITHIN)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> cases(domain, "outbox-repaired").isEmpty());
  }

  private void awaitCase(String domain, String check, String text) {
    Awaitility.await(check + " of " + domain)
        .atMost(FOUND_WITHIN)
        .pollInterval(Duration.ofMillis(500))
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(cases(domain, check)).anyMatch(one -> one.contains(text)));
  }

  private void awaitDrainedEverywhere() {
    for (String domain : Topology.domains()) {
      Awaitility.await("outbox of " + domain + " drained")
          .atMost(DRAINED_WITHIN)
          .pollInterval(Duration.ofMillis(500))
          .ignoreExceptions()
          .until(
              () ->
                  cases(domain, "outbox-not-drained").isEmpty()
                      && cases(domain, "outbox-not-checked").isEmpty());
    }
  }

  private List<String> cases(String domain, String check) {
    List<String> cases = new ArrayList<>();
    Part service = Part.of(domain + "-service");
    for (JsonNode finding : api.send("GET", service, "/audit", null).body().path("findings")) {
      if (finding.path("check").asText().equals(check)) {
        finding.path("cases").forEach(one -> cases.add(one.asText()));
      }
    }
    return cases;
  }

  private String slotPosition(String domain) {
    return convergence
        .strings(domain, "SELECT confirmed_flush_lsn::text FROM pg_replication_slots")
        .get(0);
  }

  private void execute(String domain, String sql) {
    try (var connection = PLATFORM.connect(domain);
        var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (java.sql.SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  private void connector(String method, String domain, String path) {
    var unused = send(method, "/connectors/" + domain + "-outbox" + path, null);
  }

  /** Waits until the connector and its tasks are in a state. */
  private void awaitState(String domain, String state) {
    Awaitility.await(domain + "-outbox " + state)
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              JsonNode status = send("GET", "/connectors/" + domain + "-outbox/status", null);
              return status.findValuesAsText("state").stream().allMatch(state::equals);
            });
  }

  private void put(String path, ObjectNode config) {
    var unused = send("PUT", path, config.toString());
  }

  private JsonNode send(String method, String path, @Nullable String body) {
    Answer answer = api.send(method, Part.CONNECT, path, body);
    assertThat(answer.status()).as(path + ": " + answer.raw().body()).isLessThan(300);
    return answer.body();
  }
}
