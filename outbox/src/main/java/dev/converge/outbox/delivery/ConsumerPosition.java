package dev.converge.outbox.delivery;

import java.util.Map;

/**
 * How far a consumer has handled partitions of its topic.
 *
 * @param topicId the id of the topic in which the offsets are valid
 * @param nextOffsets the offset after the last handled record, per partition
 */
public record ConsumerPosition(String topicId, Map<Partition, Long> nextOffsets) {
  /** Moves nothing. */
  public static final ConsumerPosition UNCHANGED = new ConsumerPosition("", Map.of());

  public ConsumerPosition {
    nextOffsets = Map.copyOf(nextOffsets);
  }
}
