package dev.converge.outbox;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads topics back, for the ids of the messages that one source has sent there. It blocks, each
 * call for a bounded time, and is used by one thread at a time.
 */
final class TopicReader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TopicReader.class);
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final long READ_WITHIN_NANOS = 5_000_000_000L;

  // Keys and values are none of its business and are not even copied.
  private static final org.apache.kafka.common.serialization.Deserializer<Object> NOTHING =
      (topic, bytes) -> "";

  /**
   * What has become of the topics since the last look.
   *
   * @param absent those that are not there
   * @param anew those that were deleted and made again
   * @param cut whether records that the audit may need are gone, for whatever reason
   */
  record Look(Set<String> absent, Set<String> anew, boolean cut) {}

  private final List<String> topics;
  private final byte[] source;
  private final Admin admin;
  private final KafkaConsumer<Object, Object> consumer;
  private final Map<String, TopicShape> shapes = new HashMap<>();
  private final Map<TopicPartition, Long> begins = new HashMap<>();
  private final Map<TopicPartition, Long> next = new HashMap<>();
  private boolean cut;

  /**
   * @param seen the topics as they were last seen, by whoever looked
   */
  TopicReader(
      List<String> topics, String source, Map<String, TopicShape> seen, Map<String, String> kafka) {
    this.topics = topics;
    this.shapes.putAll(seen);
    this.shapes.keySet().retainAll(topics);
    this.source = source.getBytes(StandardCharsets.UTF_8);
    Map<String, Object> properties = new HashMap<>(kafka);
    properties.put("default.api.timeout.ms", (int) ANSWER_WITHIN.toMillis());
    properties.put("request.timeout.ms", (int) ANSWER_WITHIN.toMillis());
    this.admin = Admin.create(properties);
    properties.put("isolation.level", "read_committed");
    properties.put("enable.auto.commit", "false");
    properties.put("auto.offset.reset", "earliest");
    properties.put("max.poll.records", 5_000);
    properties.put("fetch.max.bytes", 4 << 20);
    this.consumer = new KafkaConsumer<>(properties, NOTHING, NOTHING);
  }

  /**
   * Looks at the topics before they are read.
   *
   * @param since records that were written after this are needed
   */
  Look look(OffsetDateTime since)
      throws ExecutionException, InterruptedException, TimeoutException {
    Set<String> absent = new HashSet<>();
    Set<String> anew = new HashSet<>();
    Map<String, KafkaFuture<TopicDescription>> asked =
        admin.describeTopics(topics).topicNameValues();
    for (String topic : topics) {
      TopicShape shape = shape(asked.get(topic));
      if (shape == null) {
        absent.add(topic);
        continue;
      }
      TopicShape before = shapes.put(topic, shape);
      if (before != null && !before.id().equals(shape.id())) {
        anew.add(topic);
      }
    }
    // Not forgotten where another topic is absent, which is seen to first.
    cut |= !anew.isEmpty();
    if (absent.isEmpty()) {
      cut |= assign(since);
    }
    return new Look(absent, anew, cut);
  }

  private static @Nullable TopicShape shape(@Nullable KafkaFuture<TopicDescription> asked)
      throws ExecutionException, InterruptedException, TimeoutException {
    if (asked == null) {
      return null;
    }
    try {
      TopicDescription found = asked.get(ANSWER_WITHIN.toMillis(), MILLISECONDS);
      return new TopicShape(
          found.topicId().toString(),
          found.partitions().size(),
          (short) found.partitions().get(0).replicas().size());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return null;
      }
      throw e;
    }
  }

  /** The topics as they were last seen. */
  Map<String, TopicShape> shapes() {
    return Map.copyOf(shapes);
  }

  /** Whether records are gone from where they were. */
  private boolean assign(OffsetDateTime since) {
    Set<TopicPartition> partitions = new HashSet<>();
    shapes.forEach(
        (topic, shape) -> {
          for (int i = 0; i < shape.partitions(); i++) {
            partitions.add(new TopicPartition(topic, i));
          }
        });
    if (!partitions.equals(consumer.assignment())) {
      consumer.assign(partitions);
    }
    Map<TopicPartition, Long> first = consumer.beginningOffsets(partitions, ANSWER_WITHIN);
    Map<TopicPartition, Long> end = consumer.endOffsets(partitions, ANSWER_WITHIN);
    Set<TopicPartition> moved = new HashSet<>();
    boolean cut = false;
    for (TopicPartition partition : partitions) {
      long firstNow = first.getOrDefault(partition, 0L);
      Long firstBefore = begins.put(partition, firstNow);
      if (firstBefore != null && firstNow > firstBefore) {
        moved.add(partition);
      }
      boolean shorter =
          (firstBefore != null && firstNow < firstBefore)
              || end.getOrDefault(partition, 0L) < next.getOrDefault(partition, 0L);
      cut |= shorter;
    }
    // Retention takes old records away all the time. It matters where what is left does not reach
    // back to what is needed.
    return cut || reachesNotBack(moved, first, since);
  }

  private boolean reachesNotBack(
      Set<TopicPartition> moved, Map<TopicPartition, Long> first, OffsetDateTime since) {
    Map<TopicPartition, OffsetAndTimestamp> found = offsetsAt(moved, since);
    return moved.stream()
        .anyMatch(
            partition -> {
              OffsetAndTimestamp at = found.get(partition);
              return at == null || at.offset() <= first.getOrDefault(partition, 0L);
            });
  }

  private Map<TopicPartition, OffsetAndTimestamp> offsetsAt(
      Set<TopicPartition> partitions, OffsetDateTime moment) {
    Map<TopicPartition, Long> times = new HashMap<>();
    partitions.forEach(partition -> times.put(partition, moment.toInstant().toEpochMilli()));
    return times.isEmpty() ? Map.of() : consumer.offsetsForTimes(times, ANSWER_WITHIN);
  }

  /** Whether it knows from where to read. */
  boolean hasBegun() {
    return !next.isEmpty();
  }

  /**
   * Goes on from the first record that may be of a row written after.
   *
   * @param readTo the moment up to which rows have been read
   */
  void moveTo(OffsetDateTime readTo) {
    OffsetDateTime moment = readTo.minus(UnseenRows.SKEW);
    cut = false;
    Set<TopicPartition> partitions = consumer.assignment();
    // The ends first: what comes between the two questions is found by the second.
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, ANSWER_WITHIN);
    Map<TopicPartition, OffsetAndTimestamp> found = offsetsAt(partitions, moment);
    for (TopicPartition partition : partitions) {
      OffsetAndTimestamp at = found.get(partition);
      next.put(partition, at == null ? ends.getOrDefault(partition, 0L) : at.offset());
    }
  }

  /**
   * Reads on until nothing is awaited any more, or to the ends that the topics have now.
   *
   * @param readTo the moment up to which rows have been read: records may be of later ones
   * @return false where time was up before
   */
  boolean read(UnseenRows unseen, OffsetDateTime readTo) {
    if (unseen.size() == 0) {
      if (!unseen.remembers()) {
        moveTo(readTo);
      }
      return true;
    }
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment(), ANSWER_WITHIN);
    next.keySet().retainAll(ends.keySet());
    next.forEach(consumer::seek);
    long deadline = System.nanoTime() + READ_WITHIN_NANOS;
    boolean atEnd = isAtEnd(ends);
    while (!atEnd && unseen.size() > 0 && System.nanoTime() < deadline) {
      for (ConsumerRecord<Object, Object> entry : consumer.poll(POLL)) {
        UUID id = ownId(entry);
        if (id != null) {
          unseen.seen(id, entry.timestamp());
        }
      }
      atEnd = isAtEnd(ends);
    }
    for (TopicPartition partition : ends.keySet()) {
      next.put(partition, consumer.position(partition, ANSWER_WITHIN));
    }
    if (!unseen.forget(readTo)) {
      moveTo(readTo);
    }
    return atEnd || unseen.size() == 0;
  }

  private boolean isAtEnd(Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream()
        .allMatch(end -> consumer.position(end.getKey(), ANSWER_WITHIN) >= end.getValue());
  }

  private @Nullable UUID ownId(ConsumerRecord<Object, Object> entry) {
    Header from = entry.headers().lastHeader("ce_source");
    Header id = entry.headers().lastHeader("ce_id");
    if (from == null || id == null || id.value() == null || !Arrays.equals(from.value(), source)) {
      return null;
    }
    try {
      return UUID.fromString(new String(id.value(), StandardCharsets.UTF_8));
    } catch (IllegalArgumentException notOurs) {
      // Somebody else's record: it is no row of this outbox.
      return null;
    }
  }

  /**
   * Makes topics as they were when last seen; one that was never seen, like the others that were.
   *
   * @return those that were made, and in which shape
   */
  Map<String, String> makeAgain(Set<String> absent)
      throws ExecutionException, InterruptedException, TimeoutException {
    Map<String, String> made = new TreeMap<>();
    for (String topic : absent) {
      NewTopic again = TopicShape.again(topic, shapes);
      try {
        admin.createTopics(List.of(again)).all().get(ANSWER_WITHIN.toMillis(), MILLISECONDS);
        made.put(topic, TopicShape.reason(topic, shapes));
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof TopicExistsException)) {
          throw e;
        }
        LOG.info("topic {} is there again", topic);
      }
    }
    return made;
  }

  @Override
  public void close() {
    consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(1)));
    admin.close(Duration.ofSeconds(1));
  }
}
