package dev.converge.outbox.reconciler;

import static dev.converge.outbox.reconciler.Moments.earliest;
import static dev.converge.outbox.reconciler.Moments.latest;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.outbox.reconciler.DatabaseState.Saved;
import dev.converge.outbox.reconciler.DatabaseState.Slot;
import dev.converge.outbox.reconciler.ObservedTopics.Committed;
import dev.converge.outbox.reconciler.ObservedTopics.Needed;
import dev.converge.outbox.reconciler.ObservedTopics.Offsets;
import dev.converge.outbox.reconciler.ObservedTopics.Reach;
import dev.converge.outbox.reconciler.RecordsRead.LastRecord;
import dev.converge.outbox.reconciler.Round.RowsToRead;
import dev.converge.outbox.reconciler.UnseenRows.Row;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * An outbox, a connector, two topics and a consumer group, in memory. The connector and the topics
 * lose messages on request. The group reads one of the topics and handles each record once.
 */
final class ModelPlatform {
  static final String ORDERS = "orders";
  static final String EVENTS = "events";
  private static final Map<String, Integer> PARTITIONS = Map.of(ORDERS, 2, EVENTS, 1);
  private static final Duration GRACE = Duration.ofSeconds(10);
  private static final OffsetDateTime START =
      Instant.parse("2026-01-01T00:00:00Z").atOffset(ZoneOffset.UTC);

  /** A row with its place in the log, counted from 1. */
  private record LogRow(Row row, String topic, int position) {}

  private record Message(UUID id, long millis) {}

  private static final class Partition {
    private final List<Message> messages = new ArrayList<>();
    private int first;
  }

  private static final class Topic {
    private final String id = UUID.randomUUID().toString();
    private final List<Partition> partitions = new ArrayList<>();

    Topic(int count) {
      for (int number = 0; number < count; number++) {
        partitions.add(new Partition());
      }
    }
  }

  private final Random random;
  private final List<LogRow> log = new ArrayList<>();
  private final Map<Row, LogRow> byRow = new HashMap<>();
  private final Map<String, Topic> topics = new TreeMap<>();
  private final Set<Row> claimed = new HashSet<>();
  private final Set<UUID> unpublishable = new HashSet<>();
  private final Set<UUID> handled = new HashSet<>();
  private final Map<TopicPartition, Committed> committed = new HashMap<>();
  private Saved saved = new Saved(null, null, null, Map.of());
  private OffsetDateTime now = START;
  private int sent;
  private int slotBytes;
  private boolean slotExists = true;
  private boolean published = true;

  ModelPlatform(Random random) {
    this.random = random;
    PARTITIONS.forEach((topic, count) -> topics.put(topic, new Topic(count)));
  }

  // The events of the platform.

  void pass(int seconds) {
    now = now.plusSeconds(seconds);
  }

  void write() {
    now = now.plusNanos(1_000);
    UUID id = new UUID(random.nextLong(), random.nextLong());
    append(id, random.nextBoolean() ? ORDERS : EVENTS);
    if (random.nextInt(50) == 0) {
      unpublishable.add(id);
    }
  }

  private void append(UUID id, String topic) {
    LogRow row = new LogRow(new Row(id, now), topic, log.size() + 1);
    log.add(row);
    byRow.put(row.row(), row);
  }

  /** The connector sends rows, until a topic is absent or it stops by chance. */
  void connect(boolean loses, boolean all) {
    while (slotExists && sent < log.size() && (all || random.nextInt(8) != 0)) {
      LogRow next = log.get(sent);
      Topic topic = topics.get(next.topic());
      if (topic == null) {
        return;
      }
      sent++;
      slotBytes++;
      boolean isLost =
          !published
              || unpublishable.contains(next.row().id())
              || (loses && random.nextInt(10) == 0);
      if (!isLost) {
        int number = Math.floorMod(next.row().id().hashCode(), topic.partitions.size());
        topic.partitions.get(number).messages.add(new Message(next.row().id(), millis(now)));
      }
    }
  }

  void dropSlot() {
    slotExists = false;
  }

  void recreateSlot() {
    if (!slotExists) {
      slotExists = true;
      slotBytes = 0;
      sent = log.size();
    }
  }

  void publish(boolean now) {
    published = now;
  }

  void delete(String topic) {
    topics.remove(topic);
  }

  /** Returns whether the topic was absent. */
  @CanIgnoreReturnValue
  boolean create(String topic, int partitions) {
    return topics.putIfAbsent(topic, new Topic(partitions)) == null;
  }

  void deleteRecords(String name) {
    Topic topic = topics.get(name);
    if (topic != null) {
      for (Partition partition : topic.partitions) {
        int left = partition.messages.size() - partition.first;
        partition.first += left == 0 ? 0 : random.nextInt(left + 1);
      }
    }
  }

  /** The group handles records, and commits behind them. */
  void handle(boolean all) {
    Topic topic = topics.get(ORDERS);
    if (topic == null) {
      return;
    }
    for (int number = 0; number < topic.partitions.size(); number++) {
      Partition partition = topic.partitions.get(number);
      TopicPartition key = new TopicPartition(ORDERS, number);
      Committed last = committed.get(key);
      int next =
          last == null || !last.metadata().equals(topic.id)
              ? partition.first
              : Math.max(partition.first, (int) last.offset());
      int end = partition.messages.size();
      int upTo = all ? end : next + random.nextInt(end - next + 1);
      partition.messages.subList(next, upTo).forEach(message -> handled.add(message.id()));
      committed.put(key, new Committed(upTo, topic.id));
    }
  }

  // The reads of a reconciler.

  DatabaseState database() {
    return new DatabaseState(
        now,
        now.minus(GRACE),
        log.size(),
        new Slot(
            slotExists ? "reserved" : null,
            slotExists ? sent : 0,
            slotExists ? new SlotCounts(START, slotBytes, log.size()) : null,
            true),
        saved,
        published);
  }

  ObservedTopics observe(List<String> names, KnownTopics known, Needed needed) {
    Map<String, TopicShape> shapes = new HashMap<>();
    Map<TopicPartition, Offsets> offsets = new HashMap<>();
    topics.forEach(
        (name, topic) -> {
          shapes.put(name, new TopicShape(topic.id, topic.partitions.size(), (short) 1));
          for (int number = 0; number < topic.partitions.size(); number++) {
            Partition partition = topic.partitions.get(number);
            offsets.put(
                new TopicPartition(name, number),
                new Offsets(partition.first, partition.messages.size()));
          }
        });
    Map<String, Map<TopicPartition, Committed>> groups =
        known.handledUpTo().isMarked() ? Map.of("group", Map.copyOf(committed)) : Map.of();
    if (!shapes.keySet().containsAll(names)) {
      return new ObservedTopics(shapes, groups, Map.of(), Map.of());
    }
    Map<TopicPartition, Reach> reach = new HashMap<>();
    for (TopicPartition moved : known.movedForward(shapes, offsets)) {
      reach.put(
          moved,
          new Reach(
              firstSince(moved, needed.since(moved.topic())), firstSince(moved, needed.recent())));
    }
    return new ObservedTopics(shapes, groups, offsets, reach);
  }

  private @Nullable Long firstSince(TopicPartition key, OffsetDateTime createdAfter) {
    Partition partition = partition(key);
    long since = millis(createdAfter.minus(UnseenRows.SKEW));
    for (int offset = partition.first; offset < partition.messages.size(); offset++) {
      if (partition.messages.get(offset).millis() >= since) {
        return (long) offset;
      }
    }
    return null;
  }

  private Partition partition(TopicPartition key) {
    return Objects.requireNonNull(topics.get(key.topic())).partitions.get(key.partition());
  }

  List<Row> rows(RowsToRead asked) {
    return log.stream()
        .filter(
            row -> {
              OffsetDateTime created = row.row().createdAt();
              OffsetDateTime handledTo = asked.handledTo().get(row.topic());
              return created.isAfter(asked.after())
                  && !created.isAfter(asked.upTo())
                  && (handledTo == null || created.isAfter(handledTo));
            })
        .map(LogRow::row)
        .sorted(Comparator.comparing(Row::createdAt))
        .toList();
  }

  /** Reads to the ends, or {@code most} records. */
  RecordsRead read(TopicPosition position, UnseenRows unseen, int most) {
    Map<TopicPartition, Long> next = new HashMap<>(position.offsets(this::firstOffsets));
    UnseenRows.Search search = unseen.search();
    Map<TopicPartition, LastRecord> last = new HashMap<>();
    int left = most;
    boolean atEnd = true;
    for (TopicPartition key : partitions()) {
      Partition partition = partition(key);
      int offset = (int) Math.max(partition.first, next.getOrDefault(key, 0L));
      for (; offset < partition.messages.size() && left > 0; offset++, left--) {
        Message message = partition.messages.get(offset);
        search.seen(message.id(), message.millis());
        last.put(key, new LastRecord(message.millis(), offset));
      }
      next.put(key, (long) offset);
      atEnd &= offset == partition.messages.size();
    }
    boolean complete = atEnd || search.isOver();
    return new RecordsRead(search.result(), next, last, complete);
  }

  private List<TopicPartition> partitions() {
    List<TopicPartition> all = new ArrayList<>();
    topics.forEach(
        (name, topic) -> {
          for (int number = 0; number < topic.partitions.size(); number++) {
            all.add(new TopicPartition(name, number));
          }
        });
    return all;
  }

  private Map<TopicPartition, Long> firstOffsets(OffsetDateTime createdAfter) {
    Map<TopicPartition, Long> first = new HashMap<>();
    for (TopicPartition key : partitions()) {
      Long found = firstSince(key, createdAfter);
      first.put(key, found == null ? partition(key).messages.size() : found);
    }
    return first;
  }

  // The writes of a reconciler, equal to the statements of OutboxRows.

  void saveProgress(Effect.SaveProgress save) {
    OffsetDateTime comparedTo =
        saved.comparedTo() == null
            ? save.comparedTo()
            : latest(saved.comparedTo(), save.comparedTo());
    OffsetDateTime repeatTo = saved.repeatTo();
    boolean hasJoined = Objects.equals(repeatTo, save.repeatTo());
    if (repeatTo == null || (hasJoined && !repeatTo.isAfter(save.comparedTo()))) {
      saved = new Saved(comparedTo, null, null, save.topics());
      return;
    }
    OffsetDateTime repeatFrom = Objects.requireNonNull(saved.repeatFrom());
    saved =
        new Saved(
            comparedTo,
            hasJoined ? latest(repeatFrom, save.comparedTo()) : repeatFrom,
            repeatTo,
            save.topics());
  }

  void compareAgain(Effect.CompareAgain again) {
    OffsetDateTime repeatTo = saved.repeatTo();
    saved =
        new Saved(
            saved.comparedTo() == null ? again.from() : saved.comparedTo(),
            earliest(again.from(), saved.repeatFrom()),
            repeatTo == null ? again.to() : latest(repeatTo.plusNanos(1_000), again.to()),
            again.topics());
  }

  /** Returns the ids of the rows that had not been copied before. */
  List<UUID> copy(List<Row> rows) {
    List<Row> copied = rows.stream().filter(claimed::add).toList();
    for (Row row : copied) {
      now = now.plusNanos(1_000);
      append(row.id(), logRow(row).topic());
    }
    return copied.stream().map(Row::id).toList();
  }

  /** How often messages were copied. */
  Map<UUID, Integer> copies() {
    Map<UUID, Integer> copies = new HashMap<>();
    claimed.forEach(row -> copies.merge(row.id(), 1, Integer::sum));
    return copies;
  }

  // Queries of the tests.

  int position(Row row) {
    return logRow(row).position();
  }

  private LogRow logRow(Row row) {
    return Objects.requireNonNull(byRow.get(row));
  }

  boolean isUnpublishable(UUID id) {
    return unpublishable.contains(id);
  }

  boolean exists(String topic) {
    return topics.containsKey(topic);
  }

  boolean slotExists() {
    return slotExists;
  }

  int partitionsOf(String topic) {
    return PARTITIONS.getOrDefault(topic, 0);
  }

  /** The ids that are in a topic or still to be sent. */
  Set<UUID> presentOrPending() {
    Set<UUID> ids = inTopics();
    log.subList(sent, log.size()).forEach(row -> ids.add(row.row().id()));
    return ids;
  }

  private Set<UUID> inTopics() {
    Set<UUID> ids = new HashSet<>();
    for (TopicPartition key : partitions()) {
      Partition partition = partition(key);
      partition
          .messages
          .subList(partition.first, partition.messages.size())
          .forEach(message -> ids.add(message.id()));
    }
    return ids;
  }

  /** Messages that can be published, were not handled, and are in no topic. */
  Set<UUID> lost() {
    Set<UUID> lost = new HashSet<>();
    log.forEach(row -> lost.add(row.row().id()));
    lost.removeAll(inTopics());
    lost.removeAll(unpublishable);
    lost.removeAll(handled);
    return lost;
  }

  /** Whether all rows have been compared. */
  boolean isCompared() {
    OffsetDateTime comparedTo = saved.comparedTo();
    return comparedTo != null
        && saved.repeatTo() == null
        && comparedTo.isAfter(log.get(log.size() - 1).row().createdAt());
  }

  private static long millis(OffsetDateTime at) {
    return at.toInstant().toEpochMilli();
  }
}
