package dev.converge.outbox.reconciler;

import java.time.OffsetDateTime;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;

/** Where reading the topics continues. */
sealed interface TopicPosition {
  /**
   * The offsets to read from.
   *
   * @param firstRecords finds the first records that may belong to rows created after a moment
   */
  Map<TopicPartition, Long> offsets(
      Function<OffsetDateTime, Map<TopicPartition, Long>> firstRecords);

  /** Whether the topics have not been read to their ends. Until then no more rows are read. */
  boolean isMidway();

  /** The first record that may belong to a row created after a moment. */
  record Since(OffsetDateTime moment) implements TopicPosition {
    @Override
    public Map<TopicPartition, Long> offsets(
        Function<OffsetDateTime, Map<TopicPartition, Long>> firstRecords) {
      return firstRecords.apply(moment);
    }

    @Override
    public boolean isMidway() {
      return false;
    }
  }

  /** The records after those that were read. */
  record At(Map<TopicPartition, Long> next, boolean isMidway) implements TopicPosition {
    public At {
      next = Map.copyOf(next);
    }

    @Override
    public Map<TopicPartition, Long> offsets(
        Function<OffsetDateTime, Map<TopicPartition, Long>> firstRecords) {
      return next;
    }
  }
}
