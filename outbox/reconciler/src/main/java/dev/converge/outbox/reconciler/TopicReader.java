package dev.converge.outbox.reconciler;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.converge.outbox.reconciler.SeenTopic.SeenPartition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
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
 * Reads topics back, for the ids of the messages that one source has sent there. It blocks, each
 * call for a bounded time, and is used by one thread at a time.
 */
final class TopicReader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TopicReader.class);
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(200);

  // Keys and values are none of its business and are not even copied.
  private static final org.apache.kafka.common.serialization.Deserializer<Object> NOTHING =
      (topic, bytes) -> "";

  /**
   * What has become of the topics since the last look.
   *
   * @param absent those that are not there
   * @param anew those that were deleted and made again
   * @param shortened those that lost records which are not old yet
   * @param cut those of which records that the audit may need are gone, for whatever reason
   */
  record Look(Set<String> absent, Set<String> anew, Set<String> shortened, Set<String> cut) {}

  private final List<String> topics;
  private final byte[] source;
  private final Admin admin;
  private final KafkaConsumer<Object, Object> consumer;
  private final Map<String, TopicShape> shapes = new HashMap<>();
  private final Map<TopicPartition, SeenPartition> partitions = new HashMap<>();
  private final Map<TopicPartition, Long> next = new HashMap<>();
  private Map<TopicPartition, Long> ends = Map.of();
  private final Set<String> cut = new HashSet<>();
  private final Set<String> groupsThatNoteIds = new HashSet<>();
  private final HandledUpTo handledUpTo;

  /**
   * @param seen the topics as they were last seen, by whoever looked
   */
  TopicReader(
      List<String> topics, String source, Map<String, SeenTopic> seen, Map<String, String> kafka) {
    this.topics = topics;
    Map<String, OffsetDateTime> handledTo = new HashMap<>();
    for (String topic : topics) {
      SeenTopic was = seen.get(topic);
      if (was != null) {
        this.shapes.put(topic, was.shape());
        putPartitions(topic, was.partitions());
        if (was.handledTo() != null) {
          handledTo.put(topic, was.handledTo());
        }
      }
    }
    this.handledUpTo = new HandledUpTo(handledTo);
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

  private void putPartitions(String topic, List<SeenPartition> seen) {
    for (int partition = 0; partition < seen.size(); partition++) {
      partitions.put(new TopicPartition(topic, partition), seen.get(partition));
    }
  }

  /**
   * Looks at the topics before they are read.
   *
   * @param recent records since then are not old yet
   * @param since by topic, records of rows that were written after this are needed
   */
  Look look(OffsetDateTime recent, Map<String, OffsetDateTime> since)
      throws ExecutionException, InterruptedException, TimeoutException {
    // The groups first: what they have passed was there when they passed it, where the topics that
    // are looked at afterwards have lost nothing.
    Map<String, Map<TopicPartition, OffsetAndMetadata>> committed =
        handledUpTo.isMarked() ? committed() : Map.of();
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
        partitions.keySet().removeIf(partition -> partition.topic().equals(topic));
      }
    }
    // Not forgotten where another topic is absent, which is seen to first.
    cut.addAll(anew);
    handledUpTo.recordsAreGone(absent);
    handledUpTo.recordsAreGone(anew);
    Set<String> shortened = absent.isEmpty() ? assign(recent, since, committed) : Set.<String>of();
    return new Look(absent, anew, shortened, Set.copyOf(cut));
  }

  /** What each group has committed. */
  private Map<String, Map<TopicPartition, OffsetAndMetadata>> committed()
      throws ExecutionException, InterruptedException, TimeoutException {
    Map<String, ListConsumerGroupOffsetsSpec> groups = new HashMap<>();
    for (GroupListing group :
        admin
            .listGroups(ListGroupsOptions.forConsumerGroups())
            .all()
            .get(ANSWER_WITHIN.toMillis(), MILLISECONDS)) {
      groups.put(group.groupId(), new ListConsumerGroupOffsetsSpec());
    }
    return groups.isEmpty()
        ? Map.of()
        : admin.listConsumerGroupOffsets(groups).all().get(ANSWER_WITHIN.toMillis(), MILLISECONDS);
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
  Map<String, SeenTopic> seen() {
    Map<String, OffsetDateTime> handledTo = handledTo();
    Map<String, SeenTopic> seen = new HashMap<>();
    shapes.forEach(
        (topic, shape) ->
            seen.put(topic, new SeenTopic(shape, partitions(topic, shape), handledTo.get(topic))));
    return seen;
  }

  private List<SeenPartition> partitions(String topic, TopicShape shape) {
    List<SeenPartition> seen = new ArrayList<>();
    for (int number = 0; number < shape.partitions(); number++) {
      SeenPartition partition = partitions.get(new TopicPartition(topic, number));
      if (partition == null) {
        return List.of();
      }
      seen.add(partition);
    }
    return seen;
  }

  /** The topics that lost records which are not old yet. */
  private Set<String> assign(
      OffsetDateTime recent,
      Map<String, OffsetDateTime> since,
      Map<String, Map<TopicPartition, OffsetAndMetadata>> committed) {
    Set<TopicPartition> all = new HashSet<>();
    shapes.forEach(
        (topic, shape) -> {
          for (int i = 0; i < shape.partitions(); i++) {
            all.add(new TopicPartition(topic, i));
          }
        });
    if (!all.equals(consumer.assignment())) {
      consumer.assign(all);
    }
    Map<TopicPartition, Long> first = consumer.beginningOffsets(all, ANSWER_WITHIN);
    Map<TopicPartition, Long> end = consumer.endOffsets(all, ANSWER_WITHIN);
    Set<TopicPartition> moved = new HashSet<>();
    Set<String> shortened = new HashSet<>();
    for (TopicPartition partition : all) {
      long firstNow = first.getOrDefault(partition, 0L);
      long endNow = end.getOrDefault(partition, 0L);
      SeenPartition before = partitions.get(partition);
      partitions.put(
          partition,
          new SeenPartition(firstNow, endNow, before == null ? null : before.lastMillis()));
      if (before != null && firstNow > before.first()) {
        moved.add(partition);
      }
      if (before != null && (firstNow < before.first() || endNow < before.end())) {
        shortened.add(partition.topic());
      }
    }
    cut.addAll(shortened);
    // Retention takes old records away all the time. It matters where what is left does not reach
    // back to what is needed.
    for (TopicPartition partition : moved) {
      String topic = partition.topic();
      long firstNow = first.getOrDefault(partition, 0L);
      if (!reachesBack(partition, firstNow, since.getOrDefault(topic, recent))) {
        cut.add(topic);
      }
      if (!reachesBack(partition, firstNow, recent)) {
        shortened.add(topic);
      }
    }
    handledUpTo.recordsAreGone(shortened);
    moved.forEach(partition -> handledUpTo.recordsAreGone(Set.of(partition.topic())));
    handledUpTo.committed(inTopicsAsTheyAre(committed, end));
    return shortened;
  }

  /** An offset of a topic that had the name before says nothing of the one that has it now. */
  private Map<String, Map<TopicPartition, Long>> inTopicsAsTheyAre(
      Map<String, Map<TopicPartition, OffsetAndMetadata>> committed,
      Map<TopicPartition, Long> ends) {
    Map<String, Map<TopicPartition, Long>> offsets = new HashMap<>();
    committed.forEach(
        (group, ofGroup) ->
            ofGroup.forEach(
                (partition, offset) -> {
                  Long end = ends.get(partition);
                  TopicShape topic = shapes.get(partition.topic());
                  if (offset != null && end != null && topic != null) {
                    boolean ofThis = isOf(topic, group, offset.metadata());
                    offsets
                        .computeIfAbsent(group, any -> new HashMap<>())
                        .put(partition, ofThis && offset.offset() <= end ? offset.offset() : 0L);
                  }
                }));
    return offsets;
  }

  // A consumer of this library notes the topic's id beside its offsets. Where it is not there any
  // more, somebody else has set them, and the consumer goes on from where its inbox is.
  private boolean isOf(TopicShape topic, String group, String metadata) {
    if (metadata.equals(topic.id())) {
      groupsThatNoteIds.add(group);
      return true;
    }
    return metadata.isEmpty() && !groupsThatNoteIds.contains(group);
  }

  private boolean reachesBack(TopicPartition partition, long firstNow, OffsetDateTime since) {
    OffsetDateTime moment = since.minus(UnseenRows.SKEW);
    OffsetAndTimestamp at = offsetsAt(Set.of(partition), moment).get(partition);
    if (at != null) {
      return at.offset() > firstNow;
    }
    // Nothing as young is left, as it should be where there was nothing.
    SeenPartition seen = partitions.get(partition);
    Long last = seen == null ? null : seen.lastMillis();
    return last != null && last < moment.toInstant().toEpochMilli();
  }

  private Map<TopicPartition, OffsetAndTimestamp> offsetsAt(
      Set<TopicPartition> of, OffsetDateTime moment) {
    Map<TopicPartition, Long> times = new HashMap<>();
    of.forEach(partition -> times.put(partition, moment.toInstant().toEpochMilli()));
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
    cut.clear();
    Set<TopicPartition> all = consumer.assignment();
    // The ends first: what comes between the two questions is found by the second.
    Map<TopicPartition, Long> ends = consumer.endOffsets(all, ANSWER_WITHIN);
    Map<TopicPartition, OffsetAndTimestamp> found = offsetsAt(all, moment);
    for (TopicPartition partition : all) {
      OffsetAndTimestamp at = found.get(partition);
      next.put(partition, at == null ? ends.getOrDefault(partition, 0L) : at.offset());
    }
  }

  /**
   * Reads on until nothing is awaited any more, or to the ends that the topics have now.
   *
   * @param readTo the moment up to which rows have been read: records may be of later ones
   * @param within how long it reads
   * @return false where time was up before: it goes on from there with the next call, until when no
   *     more rows are to be awaited
   */
  boolean read(UnseenRows unseen, OffsetDateTime readTo, Duration within) {
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment(), ANSWER_WITHIN);
    this.ends = Map.copyOf(ends);
    if (unseen.size() == 0) {
      if (!unseen.remembers()) {
        moveTo(readTo);
      }
      return true;
    }
    next.keySet().retainAll(ends.keySet());
    next.forEach(consumer::seek);
    long deadline = System.nanoTime() + within.toNanos();
    boolean atEnd = isAtEnd(ends);
    while (!atEnd && unseen.size() > 0 && System.nanoTime() < deadline) {
      ConsumerRecords<Object, Object> polled = consumer.poll(POLL);
      polled.partitions().forEach(partition -> seen(polled.records(partition), unseen));
      atEnd = isAtEnd(ends);
    }
    for (TopicPartition partition : ends.keySet()) {
      next.put(partition, consumer.position(partition, ANSWER_WITHIN));
    }
    // Of what came meanwhile some may have been read.
    this.ends = furthest(ends, next);
    boolean complete = atEnd || unseen.size() == 0;
    // Not before: what is awaited may lie further on than what can be remembered.
    if (complete && !unseen.forget(readTo)) {
      moveTo(readTo);
    }
    return complete;
  }

  private void seen(List<ConsumerRecord<Object, Object>> records, UnseenRows unseen) {
    for (ConsumerRecord<Object, Object> entry : records) {
      UUID id = ownId(entry);
      if (id != null) {
        unseen.seen(id, entry.timestamp());
      }
    }
    ConsumerRecord<Object, Object> last = records.get(records.size() - 1);
    partitions.computeIfPresent(
        new TopicPartition(last.topic(), last.partition()),
        (partition, seen) -> seen.read(last.timestamp(), last.offset() + 1));
  }

  private static Map<TopicPartition, Long> furthest(
      Map<TopicPartition, Long> some, Map<TopicPartition, Long> others) {
    Map<TopicPartition, Long> furthest = new HashMap<>(some);
    others.forEach((partition, offset) -> furthest.merge(partition, offset, Math::max));
    return Map.copyOf(furthest);
  }

  /** All rows that were created up to then were found where it has read, or earlier. */
  void compared(OffsetDateTime upTo) {
    handledUpTo.seen(upTo, ends);
  }

  /** Up to when the rows of each topic are handled, of those topics where it is known. */
  Map<String, OffsetDateTime> handledTo() {
    return handledUpTo.moments();
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
