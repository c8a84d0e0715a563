package dev.converge.outbox;

import static dev.converge.outbox.CloudEvents.event;
import static dev.converge.outbox.CloudEvents.ofAggregates;
import static dev.converge.testkit.OutboxPlatform.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.testkit.OutboxPlatform;
import io.opentelemetry.api.OpenTelemetry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: an environment fault parks nothing, and every message is handled after the repair. Method:
 * the real database is broken as an operator, a migration or a full disk would break it, while real
 * Kafka delivers messages of many aggregates or of one. Each test breaks a database of its own, so
 * that the tests, which mostly wait for findings, run concurrently.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock(value = OutboxPlatform.PARTS, mode = ResourceAccessMode.READ)
class MessageConsumerEnvironmentIT {
  private final OutboxPlatform platform = OutboxPlatform.shared();
  private final OwnDatabase database = new OwnDatabase(platform);
  private final String topic = platform.newTopic();
  private final Outbox outbox = Outbox.create(OpenTelemetry.noop().getTracer("test"));
  // Writes its effect and appends a message, as a service does.
  private final RecordingHandler effects = new RecordingHandler();
  private final MessageHandler handler =
      (tx, batch) ->
          effects
              .handle(tx, batch)
              .compose(written -> outbox.append(tx, batch.stream().map(this::reply).toList()))
              .map(AfterCommit.NOTHING);

  private OutboxMessage reply(InboundMessage message) {
    return new OutboxMessage(
            topic + "-replies", message.aggregateId(), 1, new Payload(CloudEvents.TYPE, "{}"))
        .inReplyTo(message);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private static String trigger(String table, String sqlState) {
    return """
        CREATE OR REPLACE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'broken' USING ERRCODE = '%s'; END $$;
        CREATE TRIGGER broken BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION broken();
        """
        .formatted(sqlState, table);
  }

  private static final String TERMINATE =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'order_service';";

  static Stream<Arguments> faults() {
    return Stream.of(
        Arguments.of(
            "REVOKE INSERT ON outbox FROM order_service",
            "GRANT INSERT ON outbox TO order_service",
            "42501"),
        Arguments.of(
            "ALTER TABLE effect RENAME TO effect_away",
            "ALTER TABLE effect_away RENAME TO effect",
            "42P01"),
        Arguments.of(trigger("effect", "P0001"), "DROP TRIGGER broken ON effect", "P0001"),
        Arguments.of(
            "ALTER ROLE order_service NOLOGIN; " + TERMINATE,
            "ALTER ROLE order_service LOGIN",
            "28000"));
  }

  static Stream<Arguments> furtherFaults() {
    return Stream.of(
        Arguments.of(
            "REVOKE INSERT, UPDATE ON inbox_position FROM order_service",
            "GRANT INSERT, UPDATE ON inbox_position TO order_service",
            "42501"),
        Arguments.of(
            "ALTER TABLE effect RENAME COLUMN payload TO load",
            "ALTER TABLE effect RENAME COLUMN load TO payload",
            "42703"),
        Arguments.of(trigger("outbox", "P0001"), "DROP TRIGGER broken ON outbox", "P0001"),
        Arguments.of(trigger("effect", "53100"), "DROP TRIGGER broken ON effect", "53100"),
        Arguments.of(trigger("effect", "XX001"), "DROP TRIGGER broken ON effect", "XX001"),
        Arguments.of(trigger("effect", "22012"), "DROP TRIGGER broken ON effect", "22012"),
        Arguments.of(
            "ALTER TABLE effect ADD CONSTRAINT broken CHECK (batch < 0) NOT VALID",
            "ALTER TABLE effect DROP CONSTRAINT broken",
            "23514"),
        Arguments.of(
            "ALTER ROLE order_service PASSWORD 'another'; " + TERMINATE,
            "ALTER ROLE order_service PASSWORD '" + OwnDatabase.PASSWORD + "'",
            "28P01"));
  }

  @ParameterizedTest(name = "{2}: {0}")
  @MethodSource("faults")
  void parksNothingAndHandlesAllAfterTheRepair(String fault, String repair, String sqlState) {
    assertParksNothingAndHandlesAll(fault, repair, sqlState);
  }

  @Tag("campaign")
  @ParameterizedTest(name = "{2}: {0}")
  @MethodSource("furtherFaults")
  void parksNothingAndHandlesAllAfterTheRepairOfFurtherFaults(
      String fault, String repair, String sqlState) {
    assertParksNothingAndHandlesAll(fault, repair, sqlState);
  }

  private RunningConsumer running(MessageHandler consumersHandler) {
    return running(500, consumersHandler);
  }

  private RunningConsumer running(int maxBatch, MessageHandler consumersHandler) {
    return new RunningConsumer(platform, database.pool(), topic, maxBatch, consumersHandler);
  }

  /** A statement with the name of the test's role. */
  private String ofTest(String sql) {
    return sql.replace("order_service", database.role());
  }

  private void assertParksNothingAndHandlesAll(String fault, String repair, String sqlState) {
    try (RunningConsumer consumer = running(handler)) {
      awaitPosition();

      database.update(ofTest(fault));
      platform.send(ofAggregates(topic, 21, 40));
      await("finding")
          .untilAsserted(
              () ->
                  assertThat(consumer.findings().getOrDefault("inbox-blocked", List.of()))
                      .singleElement()
                      .asString()
                      .contains(topic, "since 2", "SQLSTATE " + sqlState));
      assertThat(consumer.blockedSeconds()).isBetween(5.0, 60.0);
      platform.send(ofAggregates(topic, 41, 60));
      database.update(ofTest(repair));

      awaitEffects(41);
      assertThat(consumer.parked()).isZero();
      await("finding's end").until(() -> consumer.findings().isEmpty());
      assertThat(consumer.blockedSeconds()).isZero();
    }
    assertThat(database.count("dead_letter")).isZero();
  }

  @Test
  void triggerThatRefusesEveryOutboxRowParksNothingAlthoughOthersOfTheTypeWriteNone() {
    platform.send(ofAggregates(topic, 1, 5));
    MessageHandler halfOfThemReply =
        (tx, batch) ->
            effects
                .handle(tx, batch)
                .compose(
                    written ->
                        outbox.append(
                            tx,
                            batch.stream()
                                .filter(message -> Integer.parseInt(message.payload()) % 2 == 1)
                                .map(this::reply)
                                .toList()))
                .map(AfterCommit.NOTHING);
    try (RunningConsumer consumer = running(halfOfThemReply)) {
      awaitEffects(5);
      database.update(trigger("outbox", "P0001"));
      platform.send(ofAggregates(topic, 6, 25));
      await("finding").until(() -> consumer.findings().containsKey("inbox-blocked"));
      platform.send(ofAggregates(topic, 26, 45));
      await("more attempts").until(() -> consumer.blockedSeconds() > 8);
      database.update("DROP TRIGGER broken ON outbox");

      awaitEffects(45);
      assertThat(consumer.parked()).isZero();
    }
    assertThat(database.count("dead_letter")).isZero();
  }

  @Test
  void triggerThatRefusesMostMessagesParksNothingAlthoughSomeOfTheTypeDoNotFireIt() {
    MessageHandler mostOfThemWrite =
        (tx, batch) ->
            effects.handle(
                tx,
                batch.stream()
                    .filter(message -> Integer.parseInt(message.payload()) % 4 != 0)
                    .toList());
    database.update(trigger("effect", "P0001"));
    platform.send(ofAggregates(topic, 1, 40));
    try (RunningConsumer consumer = running(mostOfThemWrite)) {
      await("finding").until(() -> consumer.findings().containsKey("inbox-blocked"));
      platform.send(ofAggregates(topic, 41, 60));
      await("more attempts").until(() -> consumer.blockedSeconds() > 8);
      database.update("DROP TRIGGER broken ON effect");

      awaitEffects(45);
      assertThat(consumer.parked()).isZero();
    }
  }

  @Test
  void blockedMessageIsReadAgainAfterARestartAlthoughLaterOnesWereHandled() {
    database.update("ALTER TABLE effect ADD CONSTRAINT broken CHECK (payload <> '1') NOT VALID");
    var first = ofAggregates(topic, 1, 1);
    platform.send(first);
    try (RunningConsumer consumer = running(handler)) {
      await("finding").until(() -> consumer.findings().containsKey("inbox-blocked"));
      // Of another type, so that it is no evidence against the first.
      var other = event(topic, "2", OutboxMessage.newId(), "2");
      other.headers().remove("ce_type");
      other
          .headers()
          .add("ce_type", "another.v1".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      platform.send(List.of(other));
      awaitEffects(1);
      assertThat(consumer.parked()).isZero();
    }
    database.update("ALTER TABLE effect DROP CONSTRAINT broken");
    try (RunningConsumer restarted = running(handler)) {
      awaitEffects(2);
      assertThat(restarted.parked()).isZero();
    }
  }

  @Test
  void loneMessageInAQuietTopicWaitsForTheRepair() {
    database.update(trigger("effect", "P0001"));
    platform.send(ofAggregates(topic, 1, 1));
    try (RunningConsumer consumer = running(handler)) {
      await("finding").until(() -> consumer.findings().containsKey("inbox-blocked"));
      database.update("DROP TRIGGER broken ON effect");

      awaitEffects(1);
      assertThat(consumer.parked()).isZero();
    }
    assertThat(database.count("dead_letter")).isZero();
  }

  @Test
  void columnTypeChangeUnderLoadParksNothing() {
    try (RunningConsumer consumer = running(5, handler)) {
      for (int round = 0; round < 4; round++) {
        platform.send(ofAggregates(topic, 20 * round + 1, 20 * round + 20));
        database.update(
            "ALTER TABLE effect ALTER COLUMN batch TYPE " + (round % 2 == 0 ? "bigint" : "int"));
        database.update(
            "ALTER TABLE outbox ALTER COLUMN traceparent TYPE "
                + (round % 2 == 0 ? "varchar(100)" : "text"));
      }
      awaitEffects(80);
      assertThat(consumer.parked()).isZero();
    }
    assertThat(database.count("dead_letter")).isZero();
  }

  @Test
  void parksAMessageAtFaultWithOthersBeforeAndBehindIt() {
    MessageHandler failing = RecordingHandler.failingOn("5", new IllegalStateException("five"));
    platform.send(ofAggregates(topic, 1, 5));
    try (RunningConsumer consumer = running(failing)) {
      awaitEffects(4);
      // No message behind it shows whether it is at fault.
      assertThat(consumer.parked()).isZero();
      platform.send(ofAggregates(topic, 6, 6));
      awaitEffects(5);
      await("dead letter").atMost(Duration.ofSeconds(5)).until(() -> consumer.parked() == 1);
    }
    assertThat(database.texts("SELECT convert_from(payload, 'UTF8') FROM dead_letter"))
        .containsExactly("5");
  }

  @Test
  void parksTheMessagesThatAConstraintRefuses() {
    database.update(
        "ALTER TABLE effect ADD CONSTRAINT broken CHECK (payload NOT IN ('1', '3', '8')) NOT VALID");
    platform.send(ofAggregates(topic, 1, 10));
    try (RunningConsumer consumer = running(handler)) {
      awaitEffects(7);
      await("dead letters").until(() -> consumer.parked() == 3);
      assertThat(consumer.findings()).isEmpty();
    }
  }

  @Test
  void deletedMessageNoLongerBlocks() throws Exception {
    database.update("ALTER TABLE effect ADD CONSTRAINT broken CHECK (payload <> '3') NOT VALID");
    platform.send(ofAggregates(topic, 1, 2));
    try (RunningConsumer consumer = running(handler)) {
      awaitEffects(2);
      platform.send(ofAggregates(topic, 3, 3));
      await("finding").until(() -> consumer.findings().containsKey("inbox-blocked"));
      try (Admin admin = platform.admin()) {
        admin
            .deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(3)))
            .all()
            .get(30, TimeUnit.SECONDS);
      }
      await("finding's end").until(() -> consumer.findings().isEmpty());
      platform.send(ofAggregates(topic, 4, 5));
      awaitEffects(4);
      assertThat(consumer.duplicates() + consumer.parked()).isZero();
    }
    assertThat(database.texts("SELECT payload FROM effect ORDER BY position"))
        .containsExactly("1", "2", "4", "5");
  }

  @Test
  void messageOfARecreatedTopicNoLongerBlocks() throws Exception {
    database.update("ALTER TABLE effect ADD CONSTRAINT broken CHECK (payload <> '3') NOT VALID");
    platform.send(ofAggregates(topic, 1, 2));
    try (RunningConsumer consumer = running(handler)) {
      awaitEffects(2);
      platform.send(ofAggregates(topic, 3, 3));
      await("finding").until(() -> consumer.findings().containsKey("inbox-blocked"));
      try (Admin admin = platform.admin()) {
        admin.deleteTopics(List.of(topic)).all().get(30, TimeUnit.SECONDS);
      }
      await("topic that was recreated")
          .ignoreExceptionsMatching(e -> true)
          .until(
              () -> {
                platform.createTopic(topic, 1);
                return true;
              });
      await("finding's end").until(() -> consumer.findings().isEmpty());
      platform.send(ofAggregates(topic, 4, 5));
      awaitEffects(4);
      assertThat(consumer.parked()).isZero();
    }
  }

  @Test
  void continuesWithTheRemainingRecordsAfterADeletion() throws Exception {
    platform.send(ofAggregates(topic, 1, 3));
    try (RunningConsumer consumer = running(handler)) {
      awaitEffects(3);
      assertThat(consumer.parked()).isZero();
    }
    platform.send(ofAggregates(topic, 4, 10));
    try (Admin admin = platform.admin()) {
      admin
          .deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(6)))
          .all()
          .get(30, TimeUnit.SECONDS);
    }
    try (RunningConsumer successor = running(handler)) {
      awaitEffects(7);
      platform.send(ofAggregates(topic, 11, 12));
      awaitEffects(9);
      assertThat(successor.duplicates() + successor.parked()).isZero();
      assertThat(successor.handled()).isEqualTo(6);
    }
  }

  @Test
  void blockedMessageMovesToAnotherConsumerWithoutLossOrDuplicate() {
    database.update("ALTER TABLE effect ADD CONSTRAINT broken CHECK (payload <> '3') NOT VALID");
    platform.send(ofAggregates(topic, 1, 3));
    RunningConsumer first = running(handler);
    try (RunningConsumer second = running(handler)) {
      await("finding").until(() -> first.findings().size() + second.findings().size() == 1);
      first.close();
      await("finding of the second").until(() -> !second.findings().isEmpty());
      database.update("ALTER TABLE effect DROP CONSTRAINT broken");
      platform.send(ofAggregates(topic, 4, 5));
      awaitEffects(5);
      await("finding's end").until(() -> second.findings().isEmpty());
      assertThat(first.parked() + second.parked()).isZero();
      assertThat(first.handled() + second.handled()).isEqualTo(5);
    }
  }

  @Test
  void messagesOfAnAggregateWaitBehindTheFailingOne() {
    database.update(trigger("outbox", "P0001"));
    platform.send(
        List.of(
            event(topic, "one", OutboxMessage.newId(), "first"),
            event(topic, "one", OutboxMessage.newId(), "second")));
    try (RunningConsumer consumer = running(handler)) {
      await("finding").until(() -> consumer.findings().containsKey("inbox-blocked"));
      database.update("DROP TRIGGER broken ON outbox");
      awaitEffects(2);
      assertThat(database.texts("SELECT payload FROM effect ORDER BY position"))
          .containsExactly("first", "second");
      assertThat(consumer.parked()).isZero();
    }
  }

  /**
   * A consumer writes its position once it knows its topic: with the second batch at the latest.
   */
  private void awaitPosition() {
    var first = List.of(event(topic, "0", OutboxMessage.newId(), "0"));
    String position = "SELECT topic FROM inbox_position WHERE topic = '" + topic + "'";
    await("position")
        .until(
            () -> {
              platform.send(first);
              return !database.texts(position).isEmpty();
            });
    awaitEffects(1);
  }

  private void awaitEffects(int count) {
    Awaitility.await(count + " effects")
        .atMost(Duration.ofSeconds(40))
        .pollInterval(Duration.ofMillis(100))
        .untilAsserted(() -> assertThat(database.count("effect")).isEqualTo(count));
  }
}
