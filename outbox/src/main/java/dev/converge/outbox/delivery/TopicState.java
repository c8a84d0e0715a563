package dev.converge.outbox.delivery;

import java.util.Map;

/**
 * A topic, and what a consumer group has committed in it.
 *
 * @param id the topic's id, which changes when the topic is recreated; empty if it does not exist
 * @param committedIn the metadata of each committed offset: the id of the topic it was committed in
 * @param committed the committed offsets
 */
public record TopicState(
    String id, Map<Partition, String> committedIn, Map<Partition, Long> committed) {
  public TopicState {
    committedIn = Map.copyOf(committedIn);
    committed = Map.copyOf(committed);
  }

  boolean exists() {
    return !id.isEmpty();
  }
}
