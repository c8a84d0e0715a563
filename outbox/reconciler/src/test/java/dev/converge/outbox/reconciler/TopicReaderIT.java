package dev.converge.outbox.reconciler;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.reconciler.SeenTopic.SeenPartition;
import dev.converge.outbox.reconciler.TopicReader.Look;
import dev.converge.outbox.reconciler.UnseenRows.Row;
import dev.converge.testkit.OutboxPlatform;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: an auditor sees what its predecessors could not see any more, and finds what it looks for,
 * however far away it is. Method: a real topic, and what a predecessor would have left.
 */
class TopicReaderIT {
  private static final String SOURCE = "/test";

  private final OffsetDateTime now = OffsetDateTime.now(ZoneOffset.UTC);
  private final OffsetDateTime recent = now.minusHours(1);
  private final OffsetDateTime twoDaysAgo = now.minusDays(2);
  private final OutboxPlatform platform = OutboxPlatform.shared();
  private final String topic = platform.newTopic();
  private final UnseenRows unseen = new UnseenRows();

  @Test
  void rowIsFoundBehindMoreRecordsThanCanBeRemembered() throws Exception {
    int others = 120_000;
    send(ids(others), now);
    List<UUID> last = ids(1);
    send(last, now);
    try (TopicReader reader = reader(Map.of())) {
      assertThat(look(reader).cut()).isEmpty();
      reader.moveTo(recent);
      unseen.await(List.of(new Row(last.get(0), now.minusSeconds(10))), 100);

      int calls = 1;
      while (!reader.read(unseen, recent, Duration.ofMillis(1)) && calls < 1_000) {
        calls++;
      }

      assertThat(calls).as("a call reads a part").isGreaterThan(5);
      assertThat(unseen.size()).isZero();
    }
  }

  @Test
  void recordsThatWereLostAtTheEndAreMissedByTheNextWhoLooks() throws Exception {
    send(ids(10), now);
    try (TopicReader reader = reader(Map.of(topic, seen(0, 11, null)))) {
      Look look = look(reader);
      assertThat(look.shortened()).containsExactly(topic);
      assertThat(look.cut()).containsExactly(topic);
    }
    try (TopicReader reader = reader(Map.of(topic, seen(0, 10, null)))) {
      assertThat(look(reader).cut()).isEmpty();
    }
  }

  @Test
  void whatAnAuditorHasReadItLeavesToTheNext() throws Exception {
    List<UUID> only = ids(1);
    send(only, twoDaysAgo);
    try (TopicReader reader = reader(Map.of())) {
      assertThat(look(reader).cut()).isEmpty();
      reader.moveTo(twoDaysAgo);
      unseen.await(List.of(new Row(only.get(0), twoDaysAgo)), 100);
      assertThat(reader.read(unseen, twoDaysAgo, Duration.ofSeconds(30))).isTrue();

      assertThat(reader.seen().get(topic)).isEqualTo(seen(0, 1, millis(twoDaysAgo)));
    }
  }

  @Test
  void oldRecordsThatRetentionTookAreNotMissed() throws Exception {
    send(ids(1), twoDaysAgo);
    deleteRecords(1);
    try (TopicReader reader = reader(Map.of(topic, seen(0, 1, millis(twoDaysAgo))))) {
      assertThat(look(reader).shortened()).isEmpty();
    }
    try (TopicReader reader = reader(Map.of(topic, seen(0, 1, millis(now))))) {
      assertThat(look(reader).shortened()).containsExactly(topic);
    }
  }

  @Test
  void topicThatWasMadeAnewHasLostRecordsInOneWayOnly() throws Exception {
    SeenTopic other =
        new SeenTopic(
            new TopicShape("another", 1, (short) 1), List.of(new SeenPartition(3, 7, null)), null);
    try (TopicReader reader = reader(Map.of(topic, other))) {
      Look look = look(reader);
      assertThat(look.anew()).containsExactly(topic);
      assertThat(look.cut()).containsExactly(topic);
      assertThat(look.shortened()).isEmpty();
    }
  }

  private TopicReader reader(Map<String, SeenTopic> seen) {
    return new TopicReader(
        List.of(topic), SOURCE, seen, Map.of("bootstrap.servers", platform.bootstrapServers()));
  }

  private Look look(TopicReader reader) throws Exception {
    return reader.look(recent, Map.of(topic, recent));
  }

  private SeenTopic seen(long first, long end, @Nullable Long lastMillis) throws Exception {
    try (Admin admin = platform.admin()) {
      String id =
          Objects.requireNonNull(
                  admin.describeTopics(List.of(topic)).allTopicNames().get(30, SECONDS).get(topic))
              .topicId()
              .toString();
      return new SeenTopic(
          new TopicShape(id, 1, (short) 1),
          List.of(new SeenPartition(first, end, lastMillis)),
          null);
    }
  }

  private static List<UUID> ids(int number) {
    return Stream.generate(UUID::randomUUID).limit(number).toList();
  }

  private void send(List<UUID> ids, OffsetDateTime at) {
    platform.send(ids.stream().map(id -> entry(id, at)).toList());
  }

  private ProducerRecord<byte[], byte[]> entry(UUID id, OffsetDateTime at) {
    ProducerRecord<byte[], byte[]> entry =
        new ProducerRecord<>(topic, 0, millis(at), new byte[0], new byte[0]);
    entry.headers().add("ce_source", SOURCE.getBytes(StandardCharsets.UTF_8));
    entry.headers().add("ce_id", id.toString().getBytes(StandardCharsets.UTF_8));
    return entry;
  }

  private void deleteRecords(long before) throws Exception {
    try (Admin admin = platform.admin()) {
      admin
          .deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(before)))
          .all()
          .get(30, SECONDS);
    }
  }

  private static long millis(OffsetDateTime at) {
    return at.toInstant().toEpochMilli();
  }
}
