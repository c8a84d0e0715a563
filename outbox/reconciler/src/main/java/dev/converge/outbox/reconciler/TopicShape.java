package dev.converge.outbox.reconciler;

import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.NewTopic;

/**
 * A topic as an audit has seen it.
 *
 * @param id differs from that of every other topic, also of one that had its name before
 */
record TopicShape(String id, int partitions, short replicas) {

  /**
   * The topic to make where one is absent: as it was; where it was never seen, like the one of the
   * others that has most partitions; where none was ever seen, as the broker makes topics by
   * default.
   */
  static NewTopic again(String topic, Map<String, TopicShape> seen) {
    Optional<TopicShape> shape = shape(topic, seen);
    return new NewTopic(topic, shape.map(TopicShape::partitions), shape.map(TopicShape::replicas));
  }

  /** Which shape {@link #again} chooses, and why, for the log. */
  static String reason(String topic, Map<String, TopicShape> seen) {
    return shape(topic, seen)
            .map(
                shape ->
                    "with %d partitions and %d replicas"
                        .formatted(shape.partitions(), shape.replicas()))
            .orElse("with the broker's defaults")
        + (seen.containsKey(topic)
            ? ", as it was"
            : seen.isEmpty() ? ", for no topic was ever seen" : ", like the other topics");
  }

  private static Optional<TopicShape> shape(String topic, Map<String, TopicShape> seen) {
    TopicShape was = seen.get(topic);
    return was != null
        ? Optional.of(was)
        : seen.values().stream().max(Comparator.comparingInt(TopicShape::partitions));
  }
}
