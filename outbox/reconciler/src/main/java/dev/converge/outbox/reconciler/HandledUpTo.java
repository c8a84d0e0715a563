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
 * are gone, no older rows need to be published again. Knows neither the database nor the broker: it
 * is told how far the audit has come and what the groups have committed.
 *
 * <p>A group commits an offset once all before it is handled. So a mark is put where a topic ends
 * when the audit has seen all rows up to a moment in it; when every group has committed past the
 * mark, these rows are handled. The next mark is put only then: groups that always lag a little
 * pass it all the same.
 */
final class HandledUpTo {
  /** Before all rows: of a topic that some group reads and has not handled yet. */
  private static final OffsetDateTime NOTHING = Instant.EPOCH.atOffset(ZoneOffset.UTC);

  /** Where a topic's partitions ended when all rows up to a moment had been seen. */
  private record Mark(OffsetDateTime moment, Map<TopicPartition, Long> ends) {}

  private final Map<String, OffsetDateTime> moments;
  private final Map<String, Mark> marks = new HashMap<>();

  /**
   * @param moments what was known before, by topic
   */
  HandledUpTo(Map<String, OffsetDateTime> moments) {
    this.moments = new HashMap<>(moments);
  }

  /** Whether there is anything that groups may have passed. */
  boolean isMarked() {
    return !marks.isEmpty();
  }

  /**
   * The audit has seen all rows that were created up to a moment.
   *
   * @param ends where the topics end: no record of such a row is at or past it
   */
  void seen(OffsetDateTime moment, Map<TopicPartition, Long> ends) {
    Map<String, Map<TopicPartition, Long>> byTopic = new HashMap<>();
    ends.forEach(
        (partition, end) ->
            byTopic
                .computeIfAbsent(partition.topic(), topic -> new HashMap<>())
                .put(partition, end));
    byTopic.forEach((topic, endsOf) -> marks.putIfAbsent(topic, new Mark(moment, endsOf)));
  }

  /**
   * Forgets the marks of topics in which records are gone: a group may have passed them without
   * having handled what was there.
   */
  void recordsAreGone(Set<String> topics) {
    marks.keySet().removeAll(topics);
  }

  /**
   * The groups have committed so far. Of a topic that none has committed in nothing is known; of
   * one that is read, all that is not handled counts as unhandled, however old.
   *
   * @param committed by group, the offsets in the topics as they are now
   */
  void committed(Map<String, Map<TopicPartition, Long>> committed) {
    Set<String> passed = new HashSet<>();
    marks.forEach(
        (topic, mark) -> {
          if (isPassed(topic, mark, committed)) {
            passed.add(topic);
            moments.merge(topic, mark.moment(), HandledUpTo::later);
          } else if (isRead(topic, committed)) {
            moments.putIfAbsent(topic, NOTHING);
          }
        });
    marks.keySet().removeAll(passed);
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

  private static OffsetDateTime later(OffsetDateTime one, OffsetDateTime other) {
    return one.isAfter(other) ? one : other;
  }

  /**
   * Up to when the rows of each topic are handled; topics of which nothing is known are left out.
   */
  Map<String, OffsetDateTime> moments() {
    return Map.copyOf(moments);
  }
}
