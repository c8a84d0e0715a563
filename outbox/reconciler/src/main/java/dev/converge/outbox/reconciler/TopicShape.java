package dev.converge.outbox.reconciler;

import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * The shape of a topic.
 *
 * @param id unique, also among deleted topics of the same name
 */
record TopicShape(String id, int partitions, short replicas) {

  /**
   * The topic to create if one is absent: as it was; if it was never seen, like the one with most
   * partitions of the others; if none was ever seen, with the broker's defaults.
   */
  static NewTopic again(String topic, Map<String, TopicShape> seen) {
    Optional<TopicShape> shape = shape(topic, seen);
    return new NewTopic(topic, shape.map(TopicShape::partitions), shape.map(TopicShape::replicas));
  }

  /** The shape that {@link #again} chooses, and the reason, for the log. */
  static String reason(String topic, Map<String, TopicShape> seen) {
    return shape(topic, seen)
            .map(
                shape ->
                    "with %d partitions and %d replicas"
                        .formatted(shape.partitions(), shape.replicas()))
            .orElse("with the broker's defaults")
        + (seen.containsKey(topic)
            ? ", as it was"
            : seen.isEmpty() ? ", since no topic was ever seen" : ", like the other topics");
  }

  private static Optional<TopicShape> shape(String topic, Map<String, TopicShape> seen) {
    TopicShape was = seen.get(topic);
    return was != null
        ? Optional.of(was)
        : seen.values().stream().max(Comparator.comparingInt(TopicShape::partitions));
  }
}
