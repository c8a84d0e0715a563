package dev.converge.outbox;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an audit leaves to its successor of a topic.
 *
 * @param first the first offset of each partition; none where they were not looked at
 * @param handledTo up to when its rows are handled; null where that is not known
 */
record SeenTopic(TopicShape shape, List<Long> first, @Nullable OffsetDateTime handledTo) {
  SeenTopic {
    first = List.copyOf(first);
  }

  /** Topics by name, as they stand in {@code outbox_audited}. */
  static Map<String, SeenTopic> all(@Nullable JsonObject json) {
    Map<String, SeenTopic> topics = new HashMap<>();
    if (json != null) {
      json.fieldNames().forEach(name -> topics.put(name, of(json.getJsonObject(name))));
    }
    return topics;
  }

  private static SeenTopic of(JsonObject topic) {
    List<Long> first = new ArrayList<>();
    JsonArray offsets = topic.getJsonArray("first", new JsonArray());
    for (int partition = 0; partition < offsets.size(); partition++) {
      first.add(offsets.getLong(partition));
    }
    String handledTo = topic.getString("handled_to");
    return new SeenTopic(
        new TopicShape(
            topic.getString("id"),
            topic.getInteger("partitions"),
            topic.getInteger("replicas").shortValue()),
        first,
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
        .put("first", new JsonArray(first))
        .put("handled_to", handledTo == null ? null : handledTo.toString());
  }
}
