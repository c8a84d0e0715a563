package dev.converge.outbox.reconciler;

import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * The result of reading the topics.
 *
 * @param unseen the rows that were not found
 * @param next the offsets to continue from
 * @param last the last record that was read of each partition
 * @param complete whether the ends were reached, or every row was found before
 */
record RecordsRead(
    UnseenRows unseen,
    Map<TopicPartition, Long> next,
    Map<TopicPartition, LastRecord> last,
    boolean complete) {

  /** The last record that was read. */
  record LastRecord(long millis, long offset) {
    /** The later of two, with the later of their times. */
    LastRecord and(LastRecord other) {
      return new LastRecord(Math.max(millis, other.millis), Math.max(offset, other.offset));
    }
  }
}
