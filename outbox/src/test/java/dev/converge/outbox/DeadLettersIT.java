package dev.converge.outbox;

import static dev.converge.outbox.CloudEvents.event;
import static dev.converge.testkit.OutboxPlatform.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.faults.RowCountException;
import dev.converge.testkit.OutboxPlatform;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: parked messages can be listed, and replayed exactly once. Method: messages parked by a real
 * consumer.
 */
class DeadLettersIT {
  private static final UUID CORRELATION_ID = new UUID(1, 1);

  private final OutboxPlatform platform = OutboxPlatform.shared();
  private final DeadLetters deadLetters = new DeadLetters(platform.pool());
  private final String topic = platform.newTopic();

  @BeforeEach
  void parkFive() {
    platform.forgetEffects();
    List<ProducerRecord<byte[], byte[]>> events = new ArrayList<>();
    for (int n = 1; n <= 5; n++) {
      ProducerRecord<byte[], byte[]> event = event(topic, "" + n);
      event.headers().add("ce_correlationid", CORRELATION_ID.toString().getBytes(UTF_8));
      event.headers().add("ce_causationid", null);
      event.headers().add("ce_time", "2026-01-01T00:00:00Z".getBytes(UTF_8));
      events.add(event);
    }
    platform.send(events);
    MessageHandler refusing =
        (tx, batch) -> Future.failedFuture(new UnprocessableMessageException("refused"));
    try (RunningConsumer consumer = new RunningConsumer(platform, topic, refusing)) {
      await("five dead letters").until(() -> consumer.parked() == 5);
    }
  }

  private DeadLetter first() {
    return await(deadLetters.list(null, 1)).letters().get(0);
  }

  @Test
  void listsDeadLettersByPageInTheOrderOfParking() {
    List<String> payloads = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    UUID after = null;
    DeadLetters.Page page;
    do {
      page = await(deadLetters.list(after, 2));
      sizes.add(page.letters().size());
      page.letters().forEach(letter -> payloads.add(String.valueOf(letter.payload())));
      after = page.letters().get(page.letters().size() - 1).id();
    } while (page.more());

    assertThat(payloads).containsExactly("1", "2", "3", "4", "5");
    assertThat(sizes).containsExactly(2, 2, 1);
  }

  @Test
  void lastPageHasNoSuccessorEvenIfItIsFull() {
    assertThat(await(deadLetters.list(null, 4)).more()).isTrue();
    assertThat(await(deadLetters.list(null, 5)).more()).isFalse();
    assertThat(await(deadLetters.list(null, 100)).more()).isFalse();
    UUID last = await(deadLetters.list(null, 5)).letters().get(4).id();
    assertThat(await(deadLetters.list(last, 5))).isEqualTo(new DeadLetters.Page(List.of(), false));
  }

  @Test
  void pageIsBoundedByBytesAndHasAtLeastOneEntry() {
    platform.update("TRUNCATE dead_letter");
    for (String column : List.of("key", "payload", "headers", "record_headers")) {
      park(column, 3_000_000);
      park(column, 3_000_000);
      park(column, 9_000_000);
    }
    List<Integer> sizes = new ArrayList<>();
    Set<UUID> ids = new HashSet<>();
    DeadLetters.Page page = await(deadLetters.listParked(null, 100));
    UUID after = null;
    for (int pages = 0; page.more(); pages++) {
      page = await(deadLetters.listParked(after, 100));
      sizes.add(page.letters().size());
      page.letters().forEach(letter -> ids.add(letter.id()));
      after = page.letters().get(page.letters().size() - 1).id();
      assertThat(pages).as("pages").isLessThan(12);
    }

    assertThat(sizes).containsExactly(2, 1, 2, 1, 2, 1, 2, 1);
    assertThat(ids).hasSize(12);
  }

  private void park(String column, int bytes) {
    Map<String, String> values =
        new HashMap<>(Map.of("headers", "'{}'", "key", "NULL", "payload", "NULL"));
    values.put("record_headers", "NULL");
    String large = "repeat('x', " + bytes + ")";
    switch (column) {
      case "headers" -> values.put(column, "'{\"own\":\"' || " + large + " || '\"}'");
      case "record_headers" ->
          values.put(column, "'[[\"own\",\"' || repeat('abcd', " + bytes / 4 + ") || '\"]]'");
      default -> values.put(column, large + "::bytea");
    }
    platform.update(
        """
        INSERT INTO dead_letter (id, consumer, message_id, topic, partition_id, record_offset, key,
                                 headers, record_headers, payload, reason)
        VALUES ('%s', 'large', gen_random_uuid(), 'large', 0, 0, %s, %s, %s, %s, 'refused')
        """
            .formatted(
                OutboxMessage.newId(),
                values.get("key"),
                values.get("headers"),
                values.get("record_headers"),
                values.get("payload")));
  }

  @Test
  void replayedDeadLetterIsFoundButNotListedAsParked() {
    List<DeadLetter> five = await(deadLetters.listParked(null, 100)).letters();
    UUID replayed = five.get(2).id();
    assertThat(await(deadLetters.countParked())).isEqualTo(5);

    assertThat(await(deadLetters.replay(replayed, topic, new RecordingHandler()))).isTrue();

    assertThat(await(deadLetters.listParked(null, 100)).letters())
        .extracting(DeadLetter::payload)
        .containsExactly("1", "2", "4", "5");
    assertThat(await(deadLetters.countParked())).isEqualTo(4);
    assertThat(await(deadLetters.listParked(five.get(1).id(), 1)).letters())
        .extracting(DeadLetter::payload)
        .containsExactly("4");
    assertThat(await(deadLetters.find(replayed)).map(DeadLetter::payload)).contains("3");
    assertThat(await(deadLetters.find(UUID.randomUUID()))).isEmpty();
  }

  @Test
  void afterCommitRunsForACommittedReplayOnly() {
    AtomicInteger commits = new AtomicInteger();
    DeadLetter letter = first();

    assertThatThrownBy(
            () ->
                await(
                    deadLetters.replay(
                        letter.id(),
                        topic,
                        counting(commits, Future.failedFuture("still refused")))))
        .hasMessageContaining("still refused");
    assertThat(commits).hasValue(0);
    assertThat(
            await(
                deadLetters.replay(
                    letter.id(), topic, counting(commits, Future.succeededFuture()))))
        .isTrue();
    assertThat(commits).hasValue(1);
    assertThat(
            await(
                deadLetters.replay(
                    letter.id(), topic, counting(commits, Future.succeededFuture()))))
        .isFalse();
    assertThat(commits).hasValue(1);
  }

  private static MessageHandler counting(AtomicInteger commits, Future<Void> handled) {
    return (tx, batch) -> handled.map(done -> commits::incrementAndGet);
  }

  @Test
  void replayHandlesTheOriginalMessage() {
    RecordingHandler handler = new RecordingHandler();
    DeadLetter letter = first();

    assertThat(await(deadLetters.replay(letter.id(), topic, handler))).isTrue();

    InboundMessage replayed = handler.received().get(0);
    assertThat(replayed.id()).isEqualTo(letter.messageId());
    assertThat(replayed.type()).isEqualTo(CloudEvents.TYPE);
    assertThat(replayed.aggregateId()).isEqualTo("aggregate-1");
    assertThat(replayed.payload()).isEqualTo("1");
    assertThat(replayed.correlationId()).isEqualTo(CORRELATION_ID);
    assertThat(replayed.causationId()).isNull();
    assertThat(replayed.time()).isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
    assertThat(replayed.source()).isEqualTo(new InboundMessage.Source(topic, 0, 0));
    assertThat(first().replayedAt()).isNotNull();
    assertThat(platform.count("effect")).isEqualTo(1);
  }

  @Test
  void twoReplaysHandleADeadLetterOnce() {
    DeadLetter letter = first();
    Future<Boolean> one = deadLetters.replay(letter.id(), topic, new RecordingHandler());
    Future<Boolean> other = deadLetters.replay(letter.id(), topic, new RecordingHandler());

    assertThat(List.of(await(one), await(other))).containsExactlyInAnyOrder(true, false);
    assertThat(await(deadLetters.replay(letter.id(), topic, new RecordingHandler()))).isFalse();
    assertThat(platform.count("effect")).isEqualTo(1);
  }

  @Test
  void failedReplayChangesNothing() {
    DeadLetter letter = first();
    RecordingHandler failing =
        RecordingHandler.failingOn("1", new IllegalStateException("still refused"));

    assertThatThrownBy(() -> await(deadLetters.replay(letter.id(), topic, failing)))
        .hasMessageContaining("still refused");

    assertThat(first()).isEqualTo(letter);
    assertThat(platform.count("effect")).isZero();
    assertThat(await(deadLetters.replay(letter.id(), topic, new RecordingHandler()))).isTrue();
  }

  @Test
  void replayWhoseRowATriggerDropsFailsAndChangesNothing() {
    DeadLetter letter = first();
    dropRows("dead_letter", "UPDATE");
    try {
      assertThatThrownBy(
              () -> await(deadLetters.replay(letter.id(), topic, new RecordingHandler())))
          .isInstanceOf(RowCountException.class);
    } finally {
      keepRows("dead_letter");
    }
    assertThat(platform.count("effect")).isZero();
    assertThat(await(deadLetters.replay(letter.id(), topic, new RecordingHandler()))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"dead_letter", "inbox"})
  void messageWhoseRowATriggerDropsIsNotLost(String table) {
    platform.forgetEffects();
    String refused = platform.newTopic();
    dropRows(table, "INSERT");
    MessageHandler refusing =
        (tx, batch) -> Future.failedFuture(new UnprocessableMessageException("refused"));
    try (RunningConsumer consumer = new RunningConsumer(platform, refused, refusing)) {
      platform.send(List.of(event(refused, "1")));
      await("retry").until(() -> consumer.retriedBatches() > 1);
      assertThat(consumer.parked()).isZero();
      keepRows(table);
      await("dead letter").until(() -> consumer.parked() == 1);
    } finally {
      keepRows(table);
    }
    assertThat(platform.count("dead_letter")).isEqualTo(1);
  }

  private void dropRows(String table, String operation) {
    platform.update(
        """
        CREATE OR REPLACE FUNCTION drop_row() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN RETURN NULL; END'
        """);
    platform.update(
        "CREATE TRIGGER drops BEFORE %s ON %s FOR EACH ROW EXECUTE FUNCTION drop_row()"
            .formatted(operation, table));
  }

  private void keepRows(String table) {
    platform.update("DROP TRIGGER IF EXISTS drops ON " + table);
  }

  @Test
  void replaysADeadLetterForItsOwnConsumerOnly() {
    assertThat(await(deadLetters.replay(first().id(), "another", new RecordingHandler())))
        .isFalse();
    assertThat(await(deadLetters.replay(UUID.randomUUID(), topic, new RecordingHandler())))
        .isFalse();
    assertThat(platform.count("effect")).isZero();
  }

  @Test
  void keepsArbitraryBytesOfARecord() {
    platform.forgetEffects();
    String odd = platform.newTopic();
    byte[] bytes = {0, (byte) 0xff, '"', 27};
    ProducerRecord<byte[], byte[]> event = event(odd, "{}");
    event.headers().add("own", bytes);
    event.headers().add("own", "é".getBytes(UTF_8));
    event.headers().add("nul\0", null);
    event.headers().add("n".repeat(60_000), bytes);
    ProducerRecord<byte[], byte[]> noText = new ProducerRecord<>(odd, bytes, bytes);
    noText.headers().add("ce_type", bytes);
    platform.send(List.of(event, noText));
    MessageHandler refusing =
        (tx, batch) -> Future.failedFuture(new UnprocessableMessageException("refused"));
    try (RunningConsumer consumer = new RunningConsumer(platform, odd, refusing)) {
      await("two dead letters").until(() -> consumer.parked() == 2);
    }

    List<DeadLetter> letters = await(deadLetters.listParked(null, 100)).letters();

    assertThat(letters.get(0).recordHeaders().subList(2, 6))
        .containsExactly(
            new DeadLetter.Header("own", Buffer.buffer(bytes)),
            new DeadLetter.Header("own", Buffer.buffer("é")),
            new DeadLetter.Header("nul\0", null),
            new DeadLetter.Header("n".repeat(60_000), Buffer.buffer(bytes)));
    assertThat(letters.get(1).keyBytes()).isEqualTo(Buffer.buffer(bytes));
    assertThat(letters.get(1).payloadBytes()).isEqualTo(Buffer.buffer(bytes));
    assertThat(letters.get(1).recordHeaders())
        .containsExactly(new DeadLetter.Header("ce_type", Buffer.buffer(bytes)));
    assertThatThrownBy(
            () -> await(deadLetters.replay(letters.get(1).id(), odd, new RecordingHandler())))
        .as("read as strictly as on arrival")
        .isInstanceOf(UnprocessableMessageException.class);
    assertThat(await(deadLetters.replay(letters.get(0).id(), odd, new RecordingHandler())))
        .isTrue();
  }
}
