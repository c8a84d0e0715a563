package dev.converge.outbox;

import io.vertx.kafka.client.common.TopicPartition;
import java.util.Map;

/**
 * How far a consumer has handled partitions of its topic.
 *
 * @param topicId the id of the topic in which the offsets are valid
 * @param nextOffsets the offset after the last handled record, per partition
 */
record ConsumerPosition(String topicId, Map<TopicPartition, Long> nextOffsets) {
  /** Moves nothing. */
  static final ConsumerPosition UNCHANGED = new ConsumerPosition("", Map.of());

  ConsumerPosition {
    nextOffsets = Map.copyOf(nextOffsets);
  }
}
