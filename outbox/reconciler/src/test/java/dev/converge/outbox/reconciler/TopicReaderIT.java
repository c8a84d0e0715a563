package dev.converge.outbox.reconciler;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.outbox.reconciler.KnownTopics.Changes;
import dev.converge.outbox.reconciler.ObservedTopics.Needed;
import dev.converge.outbox.reconciler.SeenTopic.SeenPartition;
import dev.converge.outbox.reconciler.UnseenRows.Row;
import dev.converge.testkit.OutboxPlatform;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: a reconciler detects loss that happened while no reconciler ran, and finds rows however
 * many records it has to read. Method: a real topic, and positions that an earlier reconciler would
 * have saved.
 */
class TopicReaderIT {
  private static final String SOURCE = "/test";

  private final OffsetDateTime now = OffsetDateTime.now(ZoneOffset.UTC);
  private final OffsetDateTime recent = now.minusHours(1);
  private final OffsetDateTime twoDaysAgo = now.minusDays(2);
  private final OutboxPlatform platform = OutboxPlatform.shared();
  private final String topic = platform.newTopic();

  @Test
  void rowIsFoundBehindMoreRecordsThanCanBeRemembered() throws Exception {
    int others = 120_000;
    send(ids(others), now);
    List<UUID> last = ids(1);
    send(last, now);
    try (TopicReader reader = reader()) {
      Changes changes = observe(reader, Map.of());
      assertThat(changes.topics().cut()).isEmpty();
      Comparison comparison = awaiting(changes, last.get(0), recent, now.minusSeconds(10));

      int calls = 0;
      do {
        comparison = read(reader, comparison, Duration.ofMillis(1));
        calls++;
      } while (comparison.position().isMidway() && calls < 1_000);

      assertThat(calls).as("call reads a part").isGreaterThan(5);
      assertThat(comparison.unseen().size()).isZero();
    }
  }

  @Test
  void rowIsFoundBehindAForeignTransactionThatStaysOpen() throws Exception {
    List<UUID> ids = ids(1);
    try (KafkaProducer<byte[], byte[]> foreign = platform.transactional("foreign-" + topic);
        TopicReader reader = reader()) {
      foreign.beginTransaction();
      foreign.send(new ProducerRecord<>(topic, 0, null, new byte[0])).get(30, SECONDS);
      send(ids, now);
      Changes changes = observe(reader, Map.of());
      Comparison comparison = awaiting(changes, ids.get(0), recent, now.minusSeconds(10));

      comparison = read(reader, comparison, Duration.ofSeconds(5));
      assertThat(comparison.unseen().size()).isZero();

      foreign.abortTransaction();
      comparison =
          comparison.rowsRead(List.of(new Row(UUID.randomUUID(), now)), recent, false, 100);
      comparison = read(reader, comparison, Duration.ofSeconds(5));
      assertThat(comparison.position().isMidway()).as("marker is passed").isFalse();
    }
  }

  @Test
  void compressedRecordsAreReadPartByPart() throws Exception {
    String compressed = topic + "-compressed";
    platform.createTopic(compressed, Map.of("compression.type", "producer"));
    List<UUID> ids = ids(60);
    platform.send(
        ids.stream().map(id -> entry(compressed, id, now, new byte[900_000])).toList(),
        Map.of("compression.type", "zstd"));
    try (TopicReader reader =
        new TopicReader(List.of(compressed), SOURCE, Map.of("bootstrap.servers", servers()))) {
      Needed needed = new Needed(recent, Map.of());
      KnownTopics known = KnownTopics.of(Map.of(), List.of(compressed));
      Changes changes = known.observe(List.of(compressed), reader.observe(known, needed), needed);
      Comparison comparison = awaiting(changes, ids.get(59), recent, now.minusSeconds(10));

      comparison = read(reader, comparison, Duration.ofMillis(1));
      assertThat(comparison.position().isMidway()).as("one poll returns a part").isTrue();
      comparison = read(reader, comparison, Duration.ofSeconds(30));
      assertThat(comparison.unseen().size()).isZero();
    }
  }

  @Test
  void recordsLostAtTheEndAreDetectedByTheNextReconciler() throws Exception {
    send(ids(10), now);
    try (TopicReader reader = reader()) {
      Changes changes = observe(reader, Map.of(topic, seen(0, 11, null)));
      assertThat(changes.shortened()).containsExactly(topic);
      assertThat(changes.topics().cut()).containsExactly(topic);

      assertThat(observe(reader, Map.of(topic, seen(0, 10, null))).topics().cut()).isEmpty();
    }
  }

  @Test
  void timeOfTheLastReadRecordIsSaved() throws Exception {
    List<UUID> only = ids(1);
    send(only, twoDaysAgo);
    try (TopicReader reader = reader()) {
      Changes changes = observe(reader, Map.of());
      assertThat(changes.topics().cut()).isEmpty();

      Comparison comparison =
          read(
              reader,
              awaiting(changes, only.get(0), twoDaysAgo, twoDaysAgo),
              Duration.ofSeconds(30));

      assertThat(comparison.position().isMidway()).isFalse();
      assertThat(comparison.topics().saved().get(topic)).isEqualTo(seen(0, 1, millis(twoDaysAgo)));
    }
  }

  @Test
  void deletionOfOldRecordsIsNoLoss() throws Exception {
    send(ids(1), twoDaysAgo);
    deleteRecords(1);
    try (TopicReader reader = reader()) {
      assertThat(observe(reader, Map.of(topic, seen(0, 1, millis(twoDaysAgo)))).shortened())
          .isEmpty();
      assertThat(observe(reader, Map.of(topic, seen(0, 1, millis(now)))).shortened())
          .containsExactly(topic);
    }
  }

  @Test
  void recreatedTopicIsNotReportedAsShortenedToo() throws Exception {
    SeenTopic other =
        new SeenTopic(
            new TopicShape("another", 1, (short) 1), List.of(new SeenPartition(3, 7, null)), null);
    try (TopicReader reader = reader()) {
      Changes changes = observe(reader, Map.of(topic, other));
      assertThat(changes.recreated()).containsExactly(topic);
      assertThat(changes.topics().cut()).containsExactly(topic);
      assertThat(changes.shortened()).isEmpty();
    }
  }

  @Test
  void absentTopicIsObservedAndCreatedOnce() throws Exception {
    String absent = "absent-" + UUID.randomUUID();
    try (TopicReader reader =
        new TopicReader(List.of(topic, absent), SOURCE, Map.of("bootstrap.servers", servers()))) {
      Needed needed = new Needed(recent, Map.of());
      ObservedTopics observed = reader.observe(KnownTopics.of(Map.of(), List.of()), needed);
      assertThat(observed.shapes()).containsOnlyKeys(topic);
      assertThat(observed.offsets()).isEmpty();

      assertThat(reader.create(Set.of(absent), observed.shapes()))
          .containsOnlyKeys(absent)
          .containsEntry(absent, "with 1 partitions and 1 replicas, like the other topics");
      assertThat(reader.create(Set.of(absent), observed.shapes())).isEmpty();
    }
  }

  private TopicReader reader() {
    return new TopicReader(List.of(topic), SOURCE, Map.of("bootstrap.servers", servers()));
  }

  private String servers() {
    return platform.bootstrapServers();
  }

  private Changes observe(TopicReader reader, Map<String, SeenTopic> saved) throws Exception {
    KnownTopics known = KnownTopics.of(saved, List.of(topic));
    Needed needed = new Needed(recent, Map.of(topic, recent));
    return known.observe(List.of(topic), reader.observe(known, needed), needed);
  }

  private static Comparison awaiting(
      Changes changes, UUID id, OffsetDateTime readTo, OffsetDateTime createdAt) {
    return Comparison.from(readTo, changes.topics(), null)
        .rowsRead(List.of(new Row(id, createdAt)), readTo, false, 100);
  }

  private static Comparison read(TopicReader reader, Comparison comparison, Duration within) {
    return comparison.recordsRead(reader.read(comparison.position(), comparison.unseen(), within));
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
    return entry(topic, id, at, new byte[0]);
  }

  private static ProducerRecord<byte[], byte[]> entry(
      String topic, UUID id, OffsetDateTime at, byte[] value) {
    ProducerRecord<byte[], byte[]> entry =
        new ProducerRecord<>(topic, 0, millis(at), new byte[0], value);
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
