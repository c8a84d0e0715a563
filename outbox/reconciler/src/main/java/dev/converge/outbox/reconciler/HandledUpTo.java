package dev.converge.outbox.reconciler;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * Up to when the rows of each topic have been handled by every group that reads it. Where records
 * are gone, rows up to then need not be published again. Immutable, and pure: it is given how far
 * rows have been compared and what the groups have committed.
 *
 * <p>A group commits an offset once all records before it are handled. When all rows up to a moment
 * have been seen in a topic, a mark records where the topic ends. Once every group has committed
 * past the mark, these rows are handled. Only then is the next mark set, so that groups that always
 * lag a little pass it too.
 *
 * @param moments up to when rows are handled, by topic; topics of which nothing is known are absent
 */
record HandledUpTo(Map<String, OffsetDateTime> moments, Map<String, Mark> marks) {
  /** Before all rows: of a topic that a group reads and has not handled yet. */
  private static final OffsetDateTime NOTHING = Instant.EPOCH.atOffset(ZoneOffset.UTC);

  /** Where a topic's partitions ended when all rows up to a moment had been seen. */
  record Mark(OffsetDateTime moment, Map<TopicPartition, Long> ends) {
    Mark {
      ends = Map.copyOf(ends);
    }
  }

  HandledUpTo {
    moments = Map.copyOf(moments);
    marks = Map.copyOf(marks);
  }

  static HandledUpTo of(Map<String, OffsetDateTime> moments) {
    return new HandledUpTo(moments, Map.of());
  }

  /** Whether there is a mark that groups may have passed. */
  boolean isMarked() {
    return !marks.isEmpty();
  }

  /**
   * All rows that were created up to a moment have been seen. Marks the topics that have no mark.
   *
   * @param ends where the topics end: no record of such a row is at or past it
   */
  HandledUpTo seen(OffsetDateTime moment, Map<TopicPartition, Long> ends) {
    Map<String, Map<TopicPartition, Long>> byTopic = new HashMap<>();
    ends.forEach(
        (partition, end) ->
            byTopic
                .computeIfAbsent(partition.topic(), topic -> new HashMap<>())
                .put(partition, end));
    Map<String, Mark> all = new HashMap<>(marks);
    byTopic.forEach((topic, endsOf) -> all.putIfAbsent(topic, new Mark(moment, endsOf)));
    return new HandledUpTo(moments, all);
  }

  /**
   * Removes the marks of topics in which records are gone: a group may have passed them without
   * having handled those records.
   */
  HandledUpTo recordsAreGone(Set<String> topics) {
    Map<String, Mark> left = new HashMap<>(marks);
    left.keySet().removeAll(topics);
    return new HandledUpTo(moments, left);
  }

  /**
   * Applies what the groups have committed. If no group has committed in a topic, nothing is known
   * of it. If one has, all rows that are not handled count as unhandled, however old.
   *
   * @param committed by group, the offsets in the topics that exist now
   */
  HandledUpTo committed(Map<String, Map<TopicPartition, Long>> committed) {
    Map<String, OffsetDateTime> handled = new HashMap<>(moments);
    Set<String> passed = new HashSet<>();
    marks.forEach(
        (topic, mark) -> {
          if (isPassed(topic, mark, committed)) {
            passed.add(topic);
            handled.merge(topic, mark.moment(), Moments::latest);
          } else if (isRead(topic, committed)) {
            handled.putIfAbsent(topic, NOTHING);
          }
        });
    Map<String, Mark> left = new HashMap<>(marks);
    left.keySet().removeAll(passed);
    return new HandledUpTo(handled, left);
  }

  private static boolean isPassed(
      String topic, Mark mark, Map<String, Map<TopicPartition, Long>> committed) {
    return isRead(topic, committed)
        && committed.values().stream()
            .filter(offsets -> reads(topic, offsets))
            .allMatch(
                offsets ->
                    mark.ends().entrySet().stream()
                        .allMatch(end -> offsets.getOrDefault(end.getKey(), 0L) >= end.getValue()));
  }

  private static boolean isRead(String topic, Map<String, Map<TopicPartition, Long>> committed) {
    return committed.values().stream().anyMatch(offsets -> reads(topic, offsets));
  }

  private static boolean reads(String topic, Map<TopicPartition, Long> offsets) {
    return offsets.keySet().stream().anyMatch(partition -> partition.topic().equals(topic));
  }
}
