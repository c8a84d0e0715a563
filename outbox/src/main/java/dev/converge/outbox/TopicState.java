package dev.converge.outbox;

import io.vertx.kafka.client.common.TopicPartition;
import java.util.Map;

/**
 * A topic, and what a consumer group has committed in it.
 *
 * @param id the topic's id, which changes when the topic is recreated; empty if it does not exist
 * @param committedIn the metadata of each committed offset: the id of the topic it was committed in
 * @param committed the committed offsets
 */
record TopicState(
    String id, Map<TopicPartition, String> committedIn, Map<TopicPartition, Long> committed) {
  TopicState {
    committedIn = Map.copyOf(committedIn);
    committed = Map.copyOf(committed);
  }

  boolean exists() {
    return !id.isEmpty();
  }
}
