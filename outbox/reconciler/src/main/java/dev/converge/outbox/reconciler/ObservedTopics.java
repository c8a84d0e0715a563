package dev.converge.outbox.reconciler;

import java.time.OffsetDateTime;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The topics at the beginning of a round. If one is absent, there are no offsets.
 *
 * @param shapes the topics that exist
 * @param committed the offsets that each group has committed; read first
 * @param offsets where each partition begins and ends
 * @param reach how far back partitions reach whose first record is not the one last seen
 */
record ObservedTopics(
    Map<String, TopicShape> shapes,
    Map<String, Map<TopicPartition, Committed>> committed,
    Map<TopicPartition, Offsets> offsets,
    Map<TopicPartition, Reach> reach) {

  ObservedTopics {
    shapes = Map.copyOf(shapes);
    committed = Map.copyOf(committed);
    offsets = Map.copyOf(offsets);
    reach = Map.copyOf(reach);
  }

  /**
   * The records that are needed.
   *
   * @param recent records since then are not old: retention has not deleted them
   * @param since by topic, the records of rows that were created after this are needed
   */
  record Needed(OffsetDateTime recent, Map<String, OffsetDateTime> since) {
    OffsetDateTime since(String topic) {
      return since.getOrDefault(topic, recent);
    }
  }

  /** An offset that a group has committed, with the text that it has set beside it. */
  record Committed(long offset, String metadata) {}

  /**
   * Where a partition begins and ends.
   *
   * @param first the offset of its first record
   * @param end the offset after its last one
   */
  record Offsets(long first, long end) {}

  /**
   * The offsets of the first records that may belong to rows created after a moment; null if there
   * are no records as young.
   *
   * @param needed of the rows that are needed
   * @param recent of the rows that are not old
   */
  record Reach(@Nullable Long needed, @Nullable Long recent) {}
}
