package dev.converge.outbox.reconciler;

import dev.converge.outbox.reconciler.ObservedTopics.Committed;
import dev.converge.outbox.reconciler.ObservedTopics.Needed;
import dev.converge.outbox.reconciler.ObservedTopics.Offsets;
import dev.converge.outbox.reconciler.ObservedTopics.Reach;
import dev.converge.outbox.reconciler.RecordsRead.LastRecord;
import dev.converge.outbox.reconciler.SeenTopic.SeenPartition;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The topics as they were last seen. Immutable, and pure: compares them with what is observed now,
 * and returns in which of them records are gone.
 *
 * @param shapes the shape of each topic that was ever seen, also if it is absent now
 * @param partitions the partitions that were seen
 * @param cut topics whose records that are needed are gone, and whose rows are not compared again
 *     yet
 * @param groupsThatNoteIds groups that set the topic's id beside their offsets
 */
record KnownTopics(
    Map<String, TopicShape> shapes,
    Map<TopicPartition, SeenPartition> partitions,
    Set<String> cut,
    Set<String> groupsThatNoteIds,
    HandledUpTo handledUpTo) {

  KnownTopics {
    shapes = Map.copyOf(shapes);
    partitions = Map.copyOf(partitions);
    cut = Set.copyOf(cut);
    groupsThatNoteIds = Set.copyOf(groupsThatNoteIds);
  }

  /**
   * The changes since the topics were last observed.
   *
   * @param topics the topics as they are now
   * @param absent those that do not exist
   * @param recreated those that were deleted and created again
   * @param shortened those that lost records which are not old
   */
  record Changes(
      KnownTopics topics, Set<String> absent, Set<String> recreated, Set<String> shortened) {}

  /** The topics as a reconciler has saved them. */
  static KnownTopics of(Map<String, SeenTopic> saved, List<String> topics) {
    Map<String, TopicShape> shapes = new HashMap<>();
    Map<TopicPartition, SeenPartition> partitions = new HashMap<>();
    Map<String, OffsetDateTime> handledTo = new HashMap<>();
    for (String topic : topics) {
      SeenTopic was = saved.get(topic);
      if (was != null) {
        shapes.put(topic, was.shape());
        for (int number = 0; number < was.partitions().size(); number++) {
          partitions.put(new TopicPartition(topic, number), was.partitions().get(number));
        }
        if (was.handledTo() != null) {
          handledTo.put(topic, was.handledTo());
        }
      }
    }
    return new KnownTopics(shapes, partitions, Set.of(), Set.of(), HandledUpTo.of(handledTo));
  }

  /** Compares the topics with what is observed now. */
  Changes observe(List<String> names, ObservedTopics now, Needed needed) {
    Set<String> absent = new HashSet<>(names);
    absent.removeAll(now.shapes().keySet());
    Set<String> recreated = new HashSet<>();
    now.shapes()
        .forEach(
            (topic, shape) -> {
              if (isRecreated(topic, shape)) {
                recreated.add(topic);
              }
            });
    KnownTopics known = withShapes(now.shapes(), absent, recreated);
    // An absent topic is recreated before the others' offsets matter.
    return absent.isEmpty()
        ? known.compareOffsets(now, needed, recreated)
        : new Changes(known, absent, recreated, Set.of());
  }

  private boolean isRecreated(String topic, TopicShape now) {
    TopicShape before = shapes.get(topic);
    return before != null && !before.id().equals(now.id());
  }

  private KnownTopics withShapes(
      Map<String, TopicShape> now, Set<String> absent, Set<String> recreated) {
    Map<String, TopicShape> all = new HashMap<>(shapes);
    all.putAll(now);
    Map<TopicPartition, SeenPartition> left = new HashMap<>(partitions);
    left.keySet().removeIf(partition -> recreated.contains(partition.topic()));
    return new KnownTopics(
        all,
        left,
        union(cut, recreated),
        groupsThatNoteIds,
        handledUpTo.recordsAreGone(union(absent, recreated)));
  }

  /** The partitions, of those observed, whose first records were deleted since they were seen. */
  Set<TopicPartition> movedForward(
      Map<String, TopicShape> shapesNow, Map<TopicPartition, Offsets> offsets) {
    Set<TopicPartition> moved = new HashSet<>();
    offsets.forEach(
        (partition, now) -> {
          SeenPartition before = partitions.get(partition);
          TopicShape shape = shapesNow.get(partition.topic());
          boolean isSame = shape != null && !isRecreated(partition.topic(), shape);
          if (isSame && before != null && now.first() > before.first()) {
            moved.add(partition);
          }
        });
    return moved;
  }

  private Changes compareOffsets(ObservedTopics now, Needed needed, Set<String> recreated) {
    Set<String> truncated = new HashSet<>();
    Map<TopicPartition, SeenPartition> seen = new HashMap<>();
    now.offsets()
        .forEach(
            (partition, offsets) -> {
              SeenPartition before = partitions.get(partition);
              if (before != null
                  && (offsets.first() < before.first() || offsets.end() < before.end())) {
                truncated.add(partition.topic());
              }
              seen.put(
                  partition,
                  new SeenPartition(
                      offsets.first(), offsets.end(), before == null ? null : before.lastMillis()));
            });
    // Retention deletes old records all the time. It matters if the records that are left do not
    // reach back to those that are needed.
    Set<String> shortened = new HashSet<>(truncated);
    Set<String> needAgain = new HashSet<>(truncated);
    Set<String> gone = new HashSet<>(truncated);
    for (TopicPartition partition : movedForward(now.shapes(), now.offsets())) {
      String topic = partition.topic();
      Reach reach = now.reach().getOrDefault(partition, new Reach(null, null));
      Offsets offsets = offsetsOf(now, partition);
      Long last = lastMillis(partition);
      gone.add(topic);
      if (!reachesBack(offsets, last, reach.needed(), needed.since(topic))) {
        needAgain.add(topic);
      }
      if (!reachesBack(offsets, last, reach.recent(), needed.recent())) {
        shortened.add(topic);
      }
    }
    Set<String> noting = groupsThatNoteIds(now);
    HandledUpTo handled =
        handledUpTo.recordsAreGone(gone).committed(offsetsInTheseTopics(now, noting));
    return new Changes(
        new KnownTopics(shapes, seen, union(cut, needAgain), noting, handled),
        Set.of(),
        recreated,
        shortened);
  }

  private @Nullable Long lastMillis(TopicPartition partition) {
    SeenPartition seen = partitions.get(partition);
    return seen == null ? null : seen.lastMillis();
  }

  private static Offsets offsetsOf(ObservedTopics now, TopicPartition partition) {
    return now.offsets().getOrDefault(partition, new Offsets(0, 0));
  }

  private static boolean reachesBack(
      Offsets offsets, @Nullable Long lastMillis, @Nullable Long at, OffsetDateTime since) {
    if (at != null) {
      return at > offsets.first();
    }
    // No record as young is left. Nothing is gone if there never was one.
    return lastMillis != null
        && lastMillis < since.minus(UnseenRows.SKEW).toInstant().toEpochMilli();
  }

  private Set<String> groupsThatNoteIds(ObservedTopics now) {
    Set<String> noting = new HashSet<>(groupsThatNoteIds);
    now.committed()
        .forEach(
            (group, ofGroup) ->
                ofGroup.forEach(
                    (partition, offset) -> {
                      TopicShape topic = shapes.get(partition.topic());
                      if (topic != null && offset.metadata().equals(topic.id())) {
                        noting.add(group);
                      }
                    }));
    return noting;
  }

  /** Offsets that were committed in a deleted topic of the same name do not count. */
  private Map<String, Map<TopicPartition, Long>> offsetsInTheseTopics(
      ObservedTopics now, Set<String> noting) {
    Map<String, Map<TopicPartition, Long>> offsets = new HashMap<>();
    now.committed()
        .forEach(
            (group, ofGroup) ->
                ofGroup.forEach(
                    (partition, offset) -> {
                      Offsets range = now.offsets().get(partition);
                      TopicShape topic = shapes.get(partition.topic());
                      if (range != null && topic != null) {
                        boolean counts =
                            isOf(topic, offset, noting.contains(group))
                                && offset.offset() <= range.end();
                        offsets
                            .computeIfAbsent(group, any -> new HashMap<>())
                            .put(partition, counts ? offset.offset() : 0L);
                      }
                    }));
    return offsets;
  }

  // A consumer of the outbox library notes the topic's id beside its offsets. If the id is missing,
  // someone else has set the offset, and the consumer continues from its inbox's position.
  private static boolean isOf(TopicShape topic, Committed offset, boolean notesIds) {
    return offset.metadata().equals(topic.id()) || (offset.metadata().isEmpty() && !notesIds);
  }

  /** Records were read. */
  KnownTopics read(Map<TopicPartition, LastRecord> last) {
    Map<TopicPartition, SeenPartition> seen = new HashMap<>(partitions);
    last.forEach(
        (partition, read) ->
            seen.computeIfPresent(
                partition, (same, before) -> before.read(read.millis(), read.offset() + 1)));
    return new KnownTopics(shapes, seen, cut, groupsThatNoteIds, handledUpTo);
  }

  /** All rows created up to a moment were seen in the topics. */
  KnownTopics compared(OffsetDateTime moment) {
    Map<TopicPartition, Long> ends = new HashMap<>();
    partitions.forEach((partition, seen) -> ends.put(partition, seen.end()));
    return new KnownTopics(
        shapes, partitions, cut, groupsThatNoteIds, handledUpTo.seen(moment, ends));
  }

  /** The rows of the topics in which records are gone are going to be compared again. */
  KnownTopics comparedAgain() {
    return new KnownTopics(shapes, partitions, Set.of(), groupsThatNoteIds, handledUpTo);
  }

  /** Up to when the rows of each topic are handled; only topics for which this is known. */
  Map<String, OffsetDateTime> handledTo() {
    return handledUpTo.moments();
  }

  /** The topics in the form in which they are saved. */
  Map<String, SeenTopic> saved() {
    Map<String, SeenTopic> saved = new HashMap<>();
    shapes.forEach(
        (topic, shape) ->
            saved.put(
                topic, new SeenTopic(shape, partitionsOf(topic, shape), handledTo().get(topic))));
    return saved;
  }

  private List<SeenPartition> partitionsOf(String topic, TopicShape shape) {
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

  private static Set<String> union(Set<String> some, Set<String> others) {
    Set<String> all = new HashSet<>(some);
    all.addAll(others);
    return all;
  }
}
