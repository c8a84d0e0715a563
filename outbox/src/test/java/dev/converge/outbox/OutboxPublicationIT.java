package dev.converge.outbox;

import static dev.converge.outbox.CloudEvents.header;
import static dev.converge.outbox.CloudEvents.value;
import static dev.converge.testkit.OutboxPlatform.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.testkit.OutboxPlatform;
import io.opentelemetry.api.OpenTelemetry;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: an appended message is published if and only if its transaction commits, in order and
 * unchanged. Method: real PostgreSQL, Debezium and Kafka with the connector that the order service
 * uses.
 */
class OutboxPublicationIT {
  private static final String TRACEPARENT =
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  private static final UUID CORRELATION_ID = new UUID(1, 1);
  private static final UUID CAUSE_ID = new UUID(2, 2);

  private final OutboxPlatform platform = OutboxPlatform.shared();
  private final Outbox outbox = Outbox.create(OpenTelemetry.noop().getTracer("test"));
  private final String topic = platform.newTopic();

  private OutboxMessage message(String aggregateId, long sequence, String payload) {
    return message(aggregateId, sequence, payload, CAUSE_ID, TRACEPARENT);
  }

  private OutboxMessage message(
      String aggregateId,
      long sequence,
      String payload,
      @Nullable UUID causationId,
      @Nullable String traceparent) {
    return new OutboxMessage(topic, aggregateId, sequence, new Payload(CloudEvents.TYPE, payload))
        .withOrigin(new MessageOrigin(CORRELATION_ID, causationId, traceparent));
  }

  private void append(OutboxMessage... messages) {
    await(platform.pool().withTransaction(tx -> outbox.append(tx, List.of(messages))));
  }

  private List<ConsumerRecord<byte[], byte[]>> readUntil(OutboxMessage last) {
    return platform.readUntil(topic, entry -> header(entry, "ce_id").equals(last.id().toString()));
  }

  @Test
  void publishesACommittedMessageAsACloudEvent() {
    Instant before = Instant.now().minusSeconds(1);
    OutboxMessage message = message("order-1", 7, "{}");

    append(message);

    ConsumerRecord<byte[], byte[]> entry = readUntil(message).get(0);
    assertThat(new String(entry.key(), UTF_8)).isEqualTo("order-1");
    assertThat(header(entry, "ce_specversion")).isEqualTo("1.0");
    assertThat(header(entry, "ce_id")).isEqualTo(message.id().toString());
    assertThat(header(entry, "ce_type")).isEqualTo(CloudEvents.TYPE);
    assertThat(header(entry, "ce_source")).isEqualTo("/order-service");
    assertThat(header(entry, "ce_subject")).isEqualTo("order-1");
    assertThat(header(entry, "ce_sequence")).isEqualTo("7");
    assertThat(header(entry, "ce_correlationid")).isEqualTo(CORRELATION_ID.toString());
    assertThat(header(entry, "ce_causationid")).isEqualTo(CAUSE_ID.toString());
    assertThat(header(entry, "content-type")).isEqualTo("application/json");
    assertThat(header(entry, "traceparent")).isEqualTo(TRACEPARENT);
    assertThat(OffsetDateTime.parse(header(entry, "ce_time")).toInstant())
        .isBetween(before, Instant.now().plusSeconds(1));
  }

  @Test
  void readsAMessageWithoutCauseAndTrace() {
    OutboxMessage message = message("order-1", 1, "{}", null, null);

    append(message);

    InboundMessage read = Records.message(readUntil(message).get(0));
    assertThat(read.id()).isEqualTo(message.id());
    assertThat(read.correlationId()).isEqualTo(CORRELATION_ID);
    assertThat(read.causationId()).isNull();
    assertThat(read.traceparent()).isNull();
  }

  @Test
  void publishesPayloadsByteForByte() {
    List<String> payloads =
        List.of(
            "{ \"b\" : 1,\n\t\"a\":  2.50 , \"a\": 1e3 }  ",
            "{\"text\":\"Größe 雪 \uD83D\uDE80 e\u0301 \\u0041 \\/ \\u0000\"}",
            "\"" + "x".repeat(100_000) + "é\"",
            "x".repeat(1_000_000),
            "not JSON, \"published\" all the same\r\n",
            "");
    OutboxMessage[] messages = new OutboxMessage[payloads.size()];
    for (int i = 0; i < messages.length; i++) {
      messages[i] = message("order-1", i + 1, payloads.get(i));
    }

    append(messages);

    assertThat(readUntil(messages[messages.length - 1]).stream().map(CloudEvents::value))
        .containsExactlyElementsOf(payloads);
  }

  @Test
  void largestMessageOfTheTableFitsIntoItsTopic() {
    String longest =
        ("largest-" + UUID.randomUUID() + "-").concat("t".repeat(249)).substring(0, 249);
    platform.createTopic(longest, 1);
    OutboxMessage largest =
        new OutboxMessage(
                longest,
                "é".repeat(500),
                Long.MAX_VALUE,
                new Payload("!".repeat(255), "雪".repeat(333_333) + "x"))
            .withOrigin(new MessageOrigin(CORRELATION_ID, CAUSE_ID, TRACEPARENT));

    append(largest);

    ConsumerRecord<byte[], byte[]> entry =
        platform
            .readUntil(longest, read -> header(read, "ce_id").equals(largest.id().toString()))
            .get(0);
    assertThat(entry.value()).hasSize(1_000_000);
    assertThat(Records.message(entry).payload()).isEqualTo(largest.payload().json());
  }

  @Tag("campaign")
  @Test
  void manyLargeRowsInOneTransactionDoNotStopTheConnector() {
    platform.update(
        """
        INSERT INTO outbox (id, aggregatetype, aggregateid, sequence, type, payload, correlationid)
        SELECT gen_random_uuid(), '%s', 'order-1', n, 'large', repeat('x', 1000000), gen_random_uuid()
        FROM generate_series(1, 300) AS n
        """
            .formatted(topic));
    OutboxMessage last = message("order-1", 301, "last");
    append(last);

    assertThat(readUntil(last)).hasSize(301);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT pg_logical_emit_message(true, 'other', 'not an outbox row')",
        "SELECT pg_logical_emit_message(false, 'outbox', '{}')",
        """
        DO $$
        DECLARE part record;
        BEGIN
            FOR part IN SELECT inhrelid::regclass AS name FROM pg_inherits
                        WHERE inhparent = 'outbox'::regclass LOOP
                EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', part.name);
            END LOOP;
            UPDATE outbox SET payload = 'changed by hand';
            FOR part IN SELECT inhrelid::regclass AS name FROM pg_inherits
                        WHERE inhparent = 'outbox'::regclass LOOP
                EXECUTE format('ALTER TABLE %s REPLICA IDENTITY DEFAULT', part.name);
            END LOOP;
        END
        $$
        """,
        "DELETE FROM outbox",
        "TRUNCATE outbox",
        "TRUNCATE debezium_heartbeat",
        """
        INSERT INTO debezium_heartbeat VALUES (1, 'infinity')
        ON CONFLICT (id) DO UPDATE SET at = excluded.at
        """,
        "ALTER TABLE outbox ADD COLUMN note text; ALTER TABLE outbox DROP COLUMN note"
      })
  void unrelatedLogEntriesDoNotStopTheConnector(String sql) {
    OutboxMessage before = message("order-1", 1, "before");
    append(before);
    platform.update(sql);
    OutboxMessage after = message("order-1", 2, "after");

    append(after);

    assertThat(readUntil(after).stream().map(CloudEvents::value))
        .containsExactly("before", "after");
  }

  @Test
  void neverPublishesAMessageOfARolledBackTransaction() {
    OutboxMessage rolledBack = message("order-1", 1, "rolled back");
    OutboxMessage committed = message("order-1", 1, "committed");
    Future<Void> failed =
        platform
            .pool()
            .withTransaction(
                tx ->
                    outbox
                        .append(tx, List.of(rolledBack))
                        .compose(done -> Future.failedFuture("changed its mind")));
    assertThatThrownBy(() -> await(failed)).hasMessage("changed its mind");

    append(committed);

    // The log is read in order: the rolled-back message would precede the committed one.
    assertThat(readUntil(committed).stream().map(CloudEvents::value)).containsExactly("committed");
  }

  @Test
  void readsMessagesOfAnAggregateInTheOrderOfTheirSequence() {
    OutboxMessage last = message("order-1", 61, "last");
    for (int transaction = 0; transaction < 20; transaction++) {
      List<OutboxMessage> messages = new ArrayList<>();
      for (int n = 1; n <= 3; n++) {
        messages.add(message("order-1", transaction * 3L + n, ""));
        messages.add(message("order-2", transaction * 3L + n, ""));
      }
      append(messages.toArray(OutboxMessage[]::new));
    }
    append(last);

    List<ConsumerRecord<byte[], byte[]>> read = readUntil(last);

    assertThat(sequencesOf("order-1", read)).hasSize(61).isSorted().doesNotHaveDuplicates();
    assertThat(sequencesOf("order-2", read)).hasSize(60).isSorted().doesNotHaveDuplicates();
  }

  private static List<Long> sequencesOf(
      String aggregateId, List<ConsumerRecord<byte[], byte[]>> read) {
    return read.stream()
        .filter(entry -> header(entry, "ce_subject").equals(aggregateId))
        .map(entry -> Long.parseLong(header(entry, "ce_sequence")))
        .toList();
  }

  @Tag("campaign")
  @Test
  void slotOfAnIdleOutboxAdvances() {
    OutboxMessage message = message("order-1", 1, "the last for a while");
    append(message);
    assertThat(value(readUntil(message).get(0))).isEqualTo("the last for a while");
    // A log that grows without the outbox, as other tables and other databases make it grow.
    platform.update("CREATE TABLE IF NOT EXISTS elsewhere (n int)");
    platform.update("INSERT INTO elsewhere SELECT generate_series(1, 10000)");
    String written = platform.text("SELECT pg_current_wal_lsn()");

    await("slot to pass " + written)
        .atMost(Duration.ofSeconds(40))
        .until(
            () ->
                platform
                    .text(
                        "SELECT confirmed_flush_lsn >= '"
                            + written
                            + "' FROM pg_replication_slots WHERE slot_name = 'outbox'")
                    .equals("t"));
  }
}
