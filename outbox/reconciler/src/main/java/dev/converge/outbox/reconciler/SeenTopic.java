package dev.converge.outbox.reconciler;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A topic as it is saved for the next reconciler.
 *
 * @param partitions its partitions by number; empty if not all of them were observed
 * @param handledTo up to when its rows are handled; null if that is not known
 */
record SeenTopic(
    TopicShape shape, List<SeenPartition> partitions, @Nullable OffsetDateTime handledTo) {
  /**
   * A partition.
   *
   * @param first the offset of its first record
   * @param end the offset after its last one
   * @param lastMillis the latest time of a record that was read; null if none was
   */
  record SeenPartition(long first, long end, @Nullable Long lastMillis) {
    /**
     * Records were read.
     *
     * @param millis the time of the last one
     * @param next the offset after it
     */
    SeenPartition read(long millis, long next) {
      long latest = lastMillis == null ? millis : Math.max(lastMillis, millis);
      return new SeenPartition(first, Math.max(end, next), latest);
    }

    private static SeenPartition of(JsonObject json) {
      return new SeenPartition(
          json.getLong("first"), json.getLong("end"), json.getLong("last_millis"));
    }

    private JsonObject json() {
      return new JsonObject().put("first", first).put("end", end).put("last_millis", lastMillis);
    }
  }

  SeenTopic {
    partitions = List.copyOf(partitions);
  }

  /** Topics by name, as stored in {@code outbox_reconciled}. */
  static Map<String, SeenTopic> all(@Nullable JsonObject json) {
    Map<String, SeenTopic> topics = new HashMap<>();
    if (json != null) {
      json.fieldNames().forEach(name -> topics.put(name, of(json.getJsonObject(name))));
    }
    return topics;
  }

  private static SeenTopic of(JsonObject topic) {
    List<SeenPartition> partitions = new ArrayList<>();
    JsonArray offsets = topic.getJsonArray("offsets", new JsonArray());
    for (int partition = 0; partition < offsets.size(); partition++) {
      partitions.add(SeenPartition.of(offsets.getJsonObject(partition)));
    }
    String handledTo = topic.getString("handled_to");
    return new SeenTopic(
        new TopicShape(
            topic.getString("id"),
            topic.getInteger("partitions"),
            topic.getInteger("replicas").shortValue()),
        partitions,
        handledTo == null ? null : OffsetDateTime.parse(handledTo));
  }

  /** The inverse of {@link #all}. */
  static JsonObject json(Map<String, SeenTopic> topics) {
    JsonObject json = new JsonObject();
    topics.forEach((name, topic) -> json.put(name, topic.json()));
    return json;
  }

  private JsonObject json() {
    return new JsonObject()
        .put("id", shape.id())
        .put("partitions", shape.partitions())
        .put("replicas", (int) shape.replicas())
        .put("offsets", new JsonArray(partitions.stream().map(SeenPartition::json).toList()))
        .put("handled_to", handledTo == null ? null : handledTo.toString());
  }
}
