package dev.converge.outbox.reconciler;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.converge.bounds.PollBudget;
import dev.converge.outbox.reconciler.ObservedTopics.Committed;
import dev.converge.outbox.reconciler.ObservedTopics.Needed;
import dev.converge.outbox.reconciler.ObservedTopics.Offsets;
import dev.converge.outbox.reconciler.ObservedTopics.Reach;
import dev.converge.outbox.reconciler.RecordsRead.LastRecord;
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
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
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
 * Reads topics for the ids of the messages that one source has sent, and creates them. Its only
 * state is its connections. It blocks, each call for a bounded time, and is used by one thread at a
 * time.
 */
final class TopicReader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TopicReader.class);
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(200);

  /** Keys and values are not kept: the reader needs the headers only. */
  private static final Object NOTHING = "";

  private final List<String> topics;
  private final byte[] source;
  private final Admin admin;
  private final PollBudget<Object> budget = new PollBudget<>(content -> NOTHING);
  private final KafkaConsumer<Object, Object> consumer;

  TopicReader(List<String> topics, String source, Map<String, String> kafka) {
    this.topics = topics;
    this.source = source.getBytes(StandardCharsets.UTF_8);
    Map<String, Object> properties = new HashMap<>(kafka);
    properties.put("default.api.timeout.ms", (int) ANSWER_WITHIN.toMillis());
    properties.put("request.timeout.ms", (int) ANSWER_WITHIN.toMillis());
    this.admin = Admin.create(properties);
    // Like the consumers: a foreign transaction that stays open must not hide what follows it.
    properties.putIfAbsent("isolation.level", "read_uncommitted");
    properties.put("enable.auto.commit", "false");
    properties.put("auto.offset.reset", "earliest");
    properties.put("max.poll.records", 5_000);
    properties.put("fetch.max.bytes", 1 << 20);
    this.consumer = new KafkaConsumer<>(properties, budget, budget);
  }

  /** Observes the topics, to be compared with what is known of them. */
  ObservedTopics observe(KnownTopics known, Needed needed)
      throws ExecutionException, InterruptedException, TimeoutException {
    // The groups first: the records that they had passed existed then, unless the topics, observed
    // afterwards, have lost some.
    Map<String, Map<TopicPartition, Committed>> committed =
        known.handledUpTo().isMarked() ? committed() : Map.of();
    Map<String, TopicShape> shapes = shapes();
    if (!shapes.keySet().containsAll(topics)) {
      return new ObservedTopics(shapes, committed, Map.of(), Map.of());
    }
    Map<TopicPartition, Offsets> offsets = offsets(assign(shapes));
    Map<TopicPartition, Reach> reach = new HashMap<>();
    for (TopicPartition partition : known.movedForward(shapes, offsets)) {
      reach.put(
          partition,
          new Reach(
              firstOffset(partition, needed.since(partition.topic())),
              firstOffset(partition, needed.recent())));
    }
    return new ObservedTopics(shapes, committed, offsets, reach);
  }

  private Map<String, Map<TopicPartition, Committed>> committed()
      throws ExecutionException, InterruptedException, TimeoutException {
    Map<String, ListConsumerGroupOffsetsSpec> groups = new HashMap<>();
    for (GroupListing group :
        admin
            .listGroups(ListGroupsOptions.forConsumerGroups())
            .all()
            .get(ANSWER_WITHIN.toMillis(), MILLISECONDS)) {
      groups.put(group.groupId(), new ListConsumerGroupOffsetsSpec());
    }
    if (groups.isEmpty()) {
      return Map.of();
    }
    Map<String, Map<TopicPartition, Committed>> committed = new HashMap<>();
    admin
        .listConsumerGroupOffsets(groups)
        .all()
        .get(ANSWER_WITHIN.toMillis(), MILLISECONDS)
        .forEach((group, offsets) -> committed.put(group, present(offsets)));
    return committed;
  }

  private static Map<TopicPartition, Committed> present(
      Map<TopicPartition, OffsetAndMetadata> offsets) {
    Map<TopicPartition, Committed> present = new HashMap<>();
    offsets.forEach(
        (partition, offset) -> {
          // Null where the group has committed nothing in the partition.
          if (offset != null) {
            present.put(partition, new Committed(offset.offset(), offset.metadata()));
          }
        });
    return present;
  }

  /** The topics that exist. */
  private Map<String, TopicShape> shapes()
      throws ExecutionException, InterruptedException, TimeoutException {
    Map<String, KafkaFuture<TopicDescription>> asked =
        admin.describeTopics(topics).topicNameValues();
    Map<String, TopicShape> shapes = new HashMap<>();
    for (String topic : topics) {
      TopicShape shape = shape(asked.get(topic));
      if (shape != null) {
        shapes.put(topic, shape);
      }
    }
    return shapes;
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

  /** Assigns all partitions of the topics to the consumer. */
  private Set<TopicPartition> assign(Map<String, TopicShape> shapes) {
    Set<TopicPartition> all = new HashSet<>();
    shapes.forEach(
        (topic, shape) -> {
          for (int number = 0; number < shape.partitions(); number++) {
            all.add(new TopicPartition(topic, number));
          }
        });
    if (!all.equals(consumer.assignment())) {
      consumer.assign(all);
    }
    return all;
  }

  private Map<TopicPartition, Offsets> offsets(Set<TopicPartition> partitions) {
    Map<TopicPartition, Long> first = consumer.beginningOffsets(partitions, ANSWER_WITHIN);
    Map<TopicPartition, Long> end = consumer.endOffsets(partitions, ANSWER_WITHIN);
    Map<TopicPartition, Offsets> offsets = new HashMap<>();
    for (TopicPartition partition : partitions) {
      offsets.put(
          partition,
          new Offsets(first.getOrDefault(partition, 0L), end.getOrDefault(partition, 0L)));
    }
    return offsets;
  }

  private @Nullable Long firstOffset(TopicPartition partition, OffsetDateTime createdAfter) {
    OffsetAndTimestamp found = firstRecords(Set.of(partition), createdAfter).get(partition);
    return found == null ? null : found.offset();
  }

  /** The first records that may belong to rows created after a moment. */
  private Map<TopicPartition, OffsetAndTimestamp> firstRecords(
      Set<TopicPartition> partitions, OffsetDateTime createdAfter) {
    long millis = createdAfter.minus(UnseenRows.SKEW).toInstant().toEpochMilli();
    Map<TopicPartition, Long> times = new HashMap<>();
    partitions.forEach(partition -> times.put(partition, millis));
    return times.isEmpty() ? Map.of() : consumer.offsetsForTimes(times, ANSWER_WITHIN);
  }

  /**
   * Reads until every awaited row is found, or to the ends that the topics have now. Requires that
   * the topics were observed.
   *
   * @param within how long it reads; the next call continues from there
   */
  RecordsRead read(TopicPosition position, UnseenRows unseen, Duration within) {
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment(), ANSWER_WITHIN);
    seek(position.offsets(this::firstOffsets));
    UnseenRows.Search search = unseen.search();
    Map<TopicPartition, LastRecord> last = new HashMap<>();
    long deadline = System.nanoTime() + within.toNanos();
    boolean atEnd = isAtEnd(ends);
    while (!atEnd && !search.isOver() && System.nanoTime() < deadline) {
      budget.begin();
      ConsumerRecords<Object, Object> polled = consumer.poll(POLL);
      for (TopicPartition partition : polled.partitions()) {
        last.merge(partition, seen(polled.records(partition), search), LastRecord::and);
      }
      atEnd = isAtEnd(ends);
    }
    Map<TopicPartition, Long> next = new HashMap<>();
    for (TopicPartition partition : ends.keySet()) {
      next.put(partition, consumer.position(partition, ANSWER_WITHIN));
    }
    return new RecordsRead(search.result(), next, last, atEnd || search.isOver());
  }

  private Map<TopicPartition, Long> firstOffsets(OffsetDateTime createdAfter) {
    Set<TopicPartition> all = consumer.assignment();
    // The ends first: records that are added between the two requests are found by the second.
    Map<TopicPartition, Long> ends = consumer.endOffsets(all, ANSWER_WITHIN);
    Map<TopicPartition, OffsetAndTimestamp> found = firstRecords(all, createdAfter);
    Map<TopicPartition, Long> first = new HashMap<>();
    for (TopicPartition partition : all) {
      OffsetAndTimestamp at = found.get(partition);
      first.put(partition, at == null ? ends.getOrDefault(partition, 0L) : at.offset());
    }
    return first;
  }

  /** Continues from the offsets; partitions that were added since are read from their beginning. */
  private void seek(Map<TopicPartition, Long> offsets) {
    for (TopicPartition partition : consumer.assignment()) {
      consumer.seek(partition, offsets.getOrDefault(partition, 0L));
    }
  }

  private LastRecord seen(List<ConsumerRecord<Object, Object>> records, UnseenRows.Search search) {
    for (ConsumerRecord<Object, Object> entry : records) {
      UUID id = ownId(entry);
      if (id != null) {
        search.seen(id, entry.timestamp());
      }
    }
    ConsumerRecord<Object, Object> last = records.get(records.size() - 1);
    return new LastRecord(last.timestamp(), last.offset());
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
      // Another producer's record: it belongs to no row of this outbox.
      return null;
    }
  }

  /**
   * Creates topics, with the shapes that {@link TopicShape#again} chooses.
   *
   * @return the topics that were created, with the reason for their shape
   */
  Map<String, String> create(Set<String> absent, Map<String, TopicShape> known)
      throws ExecutionException, InterruptedException, TimeoutException {
    Map<String, String> created = new TreeMap<>();
    for (String topic : absent) {
      NewTopic again = TopicShape.again(topic, known);
      try {
        admin.createTopics(List.of(again)).all().get(ANSWER_WITHIN.toMillis(), MILLISECONDS);
        created.put(topic, TopicShape.reason(topic, known));
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof TopicExistsException)) {
          throw e;
        }
        LOG.info("topic {} exists again", topic);
      }
    }
    return created;
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
    admin.close(Duration.ofSeconds(1));
  }
}
