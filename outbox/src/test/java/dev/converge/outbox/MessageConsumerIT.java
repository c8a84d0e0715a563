package dev.converge.outbox;

import static dev.converge.outbox.CloudEvents.event;
import static dev.converge.outbox.CloudEvents.events;
import static dev.converge.testkit.OutboxPlatform.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.testkit.OutboxPlatform;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a message's effect happens once, and a message that cannot be handled blocks no other.
 * Method: records in real Kafka; a handler that writes a row per message into real PostgreSQL and
 * fails as configured.
 */
class MessageConsumerIT {
  private final OutboxPlatform platform = OutboxPlatform.shared();
  private final String topic = platform.newTopic();

  @BeforeEach
  void forgetEffects() {
    platform.forgetEffects();
  }

  private void awaitEffects(int count) {
    await(count + " effects")
        .untilAsserted(() -> assertThat(platform.count("effect")).isEqualTo(count));
  }

  private List<String> handledPayloads() {
    return platform.texts("SELECT payload FROM effect ORDER BY position");
  }

  private void readAgainFromTheBeginning() throws Exception {
    goOnFrom(0);
  }

  private void goOnFrom(long offset) throws Exception {
    try (Admin admin = platform.admin()) {
      admin
          .alterConsumerGroupOffsets(
              topic, Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(offset)))
          .all()
          .get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void handlesAMessageOnceIfItIsSentTwice() {
    UUID id = OutboxMessage.newId();
    platform.send(List.of(event(topic, id, "first"), event(topic, id, "first")));

    try (RunningConsumer consumer =
        new RunningConsumer(platform, topic, 500, new RecordingHandler())) {
      awaitEffects(1);
      platform.send(List.of(event(topic, id, "first"), event(topic, "second")));
      awaitEffects(2);

      assertThat(handledPayloads()).containsExactly("first", "second");
      assertThat(consumer.handled()).isEqualTo(2);
      assertThat(consumer.duplicates()).isEqualTo(2);
    }
  }

  @Test
  void deduplicatesATopicThatIsReadAgainFromTheBeginning() throws Exception {
    platform.send(events(topic, 20));
    try (RunningConsumer consumer = new RunningConsumer(platform, topic, new RecordingHandler())) {
      awaitEffects(20);
      assertThat(consumer.duplicates()).isZero();
    }
    readAgainFromTheBeginning();

    try (RunningConsumer again = new RunningConsumer(platform, topic, new RecordingHandler())) {
      await("redelivery").until(() -> again.duplicates() == 20);

      assertThat(again.handled()).isZero();
      assertThat(platform.count("effect")).isEqualTo(20);
    }
  }

  @Test
  void handlesRecordsThatACommittedOffsetHasPassed() throws Exception {
    platform.send(events(topic, 5));
    try (RunningConsumer consumer = new RunningConsumer(platform, topic, new RecordingHandler())) {
      awaitEffects(5);
      assertThat(consumer.findings()).isEmpty();
    }
    platform.send(events(topic, 20));
    goOnFrom(20);

    try (RunningConsumer successor = new RunningConsumer(platform, topic, new RecordingHandler())) {
      awaitEffects(25);

      assertThat(successor.findings())
          .isEqualTo(Map.of("inbox-passed", List.of(topic + "-0@5 to 20")));
      assertThat(successor.passed()).isEqualTo(15);
    }
  }

  @Test
  void groupWithoutOffsetsContinuesAfterItsLastEffect() throws Exception {
    platform.send(events(topic, 5));
    try (RunningConsumer consumer = new RunningConsumer(platform, topic, new RecordingHandler())) {
      awaitEffects(5);
      assertThat(consumer.passed()).isZero();
    }
    try (Admin admin = platform.admin()) {
      admin.deleteConsumerGroups(List.of(topic)).all().get(30, TimeUnit.SECONDS);
    }
    platform.send(List.of(event(topic, "sixth")));

    try (RunningConsumer successor = new RunningConsumer(platform, topic, new RecordingHandler())) {
      awaitEffects(6);

      assertThat(handledPayloads()).endsWith("sixth");
      assertThat(successor.findings()).isEmpty();
    }
  }

  @Test
  void consumerContinuesWhereItsPredecessorStopped() {
    platform.send(events(topic, 20));
    try (RunningConsumer consumer = new RunningConsumer(platform, topic, new RecordingHandler())) {
      await("all handled").until(() -> consumer.handled() == 20);
    }
    platform.send(List.of(event(topic, "21")));

    try (RunningConsumer successor = new RunningConsumer(platform, topic, new RecordingHandler())) {
      awaitEffects(21);

      assertThat(successor.duplicates()).isZero();
    }
  }

  @Test
  void twoConsumersEachHandleAMessage() {
    String copy = platform.newTopic();
    UUID id = OutboxMessage.newId();
    platform.send(List.of(event(topic, id, "1"), event(copy, id, "1")));

    try (RunningConsumer one = new RunningConsumer(platform, topic, new RecordingHandler());
        RunningConsumer other = new RunningConsumer(platform, copy, new RecordingHandler())) {
      awaitEffects(2);

      assertThat(one.duplicates() + other.duplicates()).isZero();
    }
  }

  @Test
  void batchSharesOneTransaction() {
    platform.send(events(topic, 40));

    try (RunningConsumer consumer =
        new RunningConsumer(platform, topic, 20, new RecordingHandler())) {
      awaitEffects(40);

      assertThat(platform.texts("SELECT DISTINCT batch FROM effect")).containsExactly("20");
      assertThat(platform.texts("SELECT DISTINCT tx FROM effect")).hasSize(2);
      assertThat(handledPayloads().get(39)).isEqualTo("40");
      await("both batches counted").until(() -> consumer.batches().count() == 2);
    }
  }

  @Test
  void onlyTheMessageAtFaultIsParked() {
    ProducerRecord<byte[], byte[]> poison = event(topic, "3\u0001 \uD83D\uDE80");
    poison.headers().add("own", "ü".getBytes(UTF_8));
    platform.send(
        List.of(
            event(topic, "1"), event(topic, "2"), poison, event(topic, "4"), event(topic, "5")));
    RecordingHandler handler =
        RecordingHandler.failingOn("3\u0001 \uD83D\uDE80", new IllegalStateException("not three"));

    try (RunningConsumer consumer = new RunningConsumer(platform, topic, handler)) {
      awaitEffects(4);

      assertThat(handledPayloads()).containsExactly("1", "2", "4", "5");
      assertThat(consumer.parked()).isEqualTo(1);
      assertThat(handler.received().stream().filter(m -> m.payload().startsWith("3")))
          .as("with the batch, and three times alone")
          .hasSize(4);
    }
    DeadLetter letter = await(new DeadLetters(platform.pool()).list(null, 100)).letters().get(0);
    assertThat(letter.consumer()).isEqualTo(topic);
    assertThat(letter.topic()).isEqualTo(topic);
    assertThat(letter.partition()).isZero();
    assertThat(letter.offset()).isEqualTo(2);
    assertThat(letter.key()).isEqualTo("aggregate-1");
    assertThat(letter.payload()).isEqualTo("3\u0001 \uD83D\uDE80");
    assertThat(letter.headers())
        .containsEntry("ce_id", letter.messageId().toString())
        .containsEntry("ce_type", CloudEvents.TYPE)
        .containsEntry("own", "ü")
        .hasSize(3);
    assertThat(letter.reason()).isEqualTo("failed unexpectedly; see the log");
    assertThat(letter.replayedAt()).isNull();
  }

  @Test
  void handlesMessagesWithArbitraryOptionalHeaders() {
    List<byte[]> hostile =
        List.of(
            new byte[0],
            new byte[] {0},
            new byte[] {(byte) 0xff, (byte) 0xc3},
            "garbage".getBytes(UTF_8),
            "2026-12-31T23:59:60Z".getBytes(UTF_8),
            "-999999999-01-01T00:00:00Z".getBytes(UTF_8),
            "a".repeat(1_000_000).getBytes(UTF_8));
    List<ProducerRecord<byte[], byte[]>> events = new ArrayList<>();
    for (String name :
        List.of("traceparent", "tracestate", "ce_time", "ce_correlationid", "own\0")) {
      for (byte[] value : hostile) {
        ProducerRecord<byte[], byte[]> event = event(topic, "{}");
        event.headers().add(name, value);
        events.add(event);
      }
    }
    platform.send(events);

    try (RunningConsumer consumer = new RunningConsumer(platform, topic, new RecordingHandler())) {
      awaitEffects(events.size());

      assertThat(consumer.parked()).isZero();
      assertThat(consumer.retriedBatches()).isZero();
    }
  }

  @Test
  void batchIsBoundedByItsDecompressedBytes() {
    platform.createTopic(topic + "-compressed", Map.of("compression.type", "producer"));
    String compressed = topic + "-compressed";
    String blanks = " ".repeat(900_000);
    platform.send(
        Stream.generate(() -> event(compressed, "x" + blanks)).limit(60).toList(),
        Map.of("compression.type", "zstd"));

    try (RunningConsumer consumer =
        new RunningConsumer(platform, compressed, new RecordingHandler())) {
      await("all are handled").until(() -> consumer.handled() == 60);

      assertThat(consumer.batches().max()).isBetween(2.0, 20.0);
      assertThat(consumer.retriedBatches()).isZero();
    }
  }

  @Test
  void foreignTransactionThatStaysOpenDelaysNothing() throws Exception {
    try (KafkaProducer<byte[], byte[]> foreign = platform.transactional("foreign-" + topic);
        RunningConsumer consumer = new RunningConsumer(platform, topic, new RecordingHandler())) {
      foreign.beginTransaction();
      foreign.send(event(topic, "foreign")).get(30, TimeUnit.SECONDS);
      platform.send(List.of(event(topic, "own")));

      awaitEffects(2);
      assertThat(handledPayloads()).containsExactly("foreign", "own");

      foreign.abortTransaction();
      platform.send(List.of(event(topic, "after the marker")));
      awaitEffects(3);
      assertThat(consumer.findings()).isEmpty();
    }
  }

  @Test
  void retriesAMessageThatFailsTemporarilyAndDoesNotParkIt() {
    AtomicInteger attempts = new AtomicInteger();
    RecordingHandler handler =
        new RecordingHandler(
            batch ->
                attempts.incrementAndGet() < 4
                    ? Future.failedFuture(new IllegalStateException("not yet"))
                    : Future.succeededFuture());
    platform.send(List.of(event(topic, "1")));

    try (RunningConsumer consumer = new RunningConsumer(platform, topic, handler)) {
      awaitEffects(1);

      assertThat(attempts).hasValue(4);
      assertThat(consumer.parked()).isZero();
    }
    assertThat(platform.count("dead_letter")).isZero();
  }

  @Test
  void parksAnUnprocessableMessageWithoutARetry() {
    platform.send(List.of(event(topic, "1"), event(topic, "2")));
    RecordingHandler handler =
        RecordingHandler.failingOn("1", new UnprocessableMessageException("never"));

    try (RunningConsumer consumer = new RunningConsumer(platform, topic, handler)) {
      awaitEffects(1);

      assertThat(consumer.parked()).isEqualTo(1);
      assertThat(handler.received().stream().filter(message -> message.payload().equals("1")))
          .as("with the batch, and once alone")
          .hasSize(2);
    }
    assertThat(platform.texts("SELECT reason FROM dead_letter")).hasSize(1);
  }

  @Test
  void parksARecordThatIsNotACloudEventOnceEvenIfItIsReadAgain() throws Exception {
    platform.send(
        List.of(
            new ProducerRecord<>(topic, null, "no key, no headers".getBytes(UTF_8)),
            new ProducerRecord<>(topic, "key".getBytes(UTF_8), new byte[] {0, (byte) 0xff}),
            event(topic, "1")));
    try (RunningConsumer consumer = new RunningConsumer(platform, topic, new RecordingHandler())) {
      awaitEffects(1);
      assertThat(consumer.parked()).isEqualTo(2);
    }
    assertThat(platform.texts("SELECT encode(payload, 'hex') FROM dead_letter ORDER BY id"))
        .hasSize(2)
        .contains("00ff");
    readAgainFromTheBeginning();
    platform.send(List.of(event(topic, "2")));

    try (RunningConsumer again = new RunningConsumer(platform, topic, new RecordingHandler())) {
      awaitEffects(2);
      assertThat(again.handled()).isEqualTo(1);
    }
    assertThat(platform.count("dead_letter")).isEqualTo(2);
  }

  @Test
  void deadLetterThatIsReadAgainWithoutItsInboxRowBlocksNothing() throws Exception {
    platform.send(List.of(event(topic, "poison")));
    MessageHandler handler =
        RecordingHandler.failingOn("poison", new UnprocessableMessageException("never"));
    try (RunningConsumer consumer = new RunningConsumer(platform, topic, handler)) {
      await("dead letter").until(() -> consumer.parked() == 1);
    }
    platform.update("DELETE FROM inbox WHERE consumer = '" + topic + "'");
    readAgainFromTheBeginning();
    platform.send(List.of(event(topic, "next")));

    try (RunningConsumer again = new RunningConsumer(platform, topic, handler)) {
      awaitEffects(1);
      assertThat(again.retriedBatches()).isZero();
    }
    assertThat(platform.count("dead_letter")).isEqualTo(1);
  }

  @Test
  void readsATopicThatIsCreatedAfterTheConsumerStarted() throws Exception {
    String later = "test-later-" + UUID.randomUUID();

    try (RunningConsumer consumer = new RunningConsumer(platform, later, new RecordingHandler());
        Admin admin = platform.admin()) {
      await("consumer to join its group")
          .ignoreExceptions()
          .until(
              () ->
                  admin
                      .describeConsumerGroups(List.of(later))
                      .all()
                      .get(10, TimeUnit.SECONDS)
                      .values()
                      .stream()
                      .anyMatch(group -> !group.members().isEmpty()));
      platform.createTopic(later, 2);
      platform.send(events(later, 3));

      awaitEffects(3);
      assertThat(consumer.parked()).isZero();
    }
  }

  private void recreateTopic() throws Exception {
    try (Admin admin = platform.admin()) {
      admin.deleteTopics(List.of(topic)).all().get(30, TimeUnit.SECONDS);
    }
    await("recreated topic")
        .ignoreExceptionsMatching(e -> true)
        .until(
            () -> {
              platform.createTopic(topic, 1);
              return true;
            });
  }

  private OffsetAndMetadata committed() throws Exception {
    try (Admin admin = platform.admin()) {
      Map<TopicPartition, OffsetAndMetadata> found =
          admin
              .listConsumerGroupOffsets(topic)
              .partitionsToOffsetAndMetadata()
              .get(30, TimeUnit.SECONDS);
      return Objects.requireNonNull(found.get(new TopicPartition(topic, 0)));
    }
  }

  private String topicId() throws Exception {
    try (Admin admin = platform.admin()) {
      Map<String, TopicDescription> found =
          admin.describeTopics(List.of(topic)).allTopicNames().get(30, TimeUnit.SECONDS);
      return Objects.requireNonNull(found.get(topic)).topicId().toString();
    }
  }

  @Test
  void readsARecreatedTopicFromItsBeginning() throws Exception {
    Promise<Void> reached = Promise.promise();
    Promise<Void> released = Promise.promise();
    RecordingHandler handler =
        new RecordingHandler(
            batch -> {
              if (batch.stream().noneMatch(message -> message.payload().equals("last"))) {
                return Future.succeededFuture();
              }
              reached.tryComplete();
              return released.future();
            });
    platform.send(events(topic, 5));

    try (RunningConsumer consumer = new RunningConsumer(platform, topic, handler)) {
      awaitEffects(5);
      platform.send(List.of(event(topic, "last")));
      await(reached.future());
      recreateTopic();
      // The new topic grows past the consumer's position in the old one.
      platform.send(events(topic, 30));
      released.complete();

      awaitEffects(36);
      assertThat(consumer.parked()).isZero();
    }
  }

  @Test
  void lateOffsetOfADeletedTopicSkipsNothingOfTheRecreatedOne() throws Exception {
    platform.send(events(topic, 20));
    try (RunningConsumer consumer = new RunningConsumer(platform, topic, new RecordingHandler())) {
      await("all handled").until(() -> consumer.handled() == 20);
    }
    OffsetAndMetadata committed = committed();
    assertThat(committed.offset()).isEqualTo(20);
    assertThat(committed.metadata()).isEqualTo(topicId());
    recreateTopic();
    platform.send(events(topic, 30));
    try (Admin admin = platform.admin()) {
      admin
          .alterConsumerGroupOffsets(topic, Map.of(new TopicPartition(topic, 0), committed))
          .all()
          .get(30, TimeUnit.SECONDS);
    }

    try (RunningConsumer again = new RunningConsumer(platform, topic, new RecordingHandler())) {
      awaitEffects(50);
      assertThat(again.handled()).isEqualTo(30);
    }
  }
}
