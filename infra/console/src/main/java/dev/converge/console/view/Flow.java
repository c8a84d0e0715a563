package dev.converge.console.view;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Messages that were seen in the topics within a moment, counted by the way that they take. */
public final class Flow {
  private static final int SAMPLE = 8;

  private Flow() {}

  /**
   * A message in a topic.
   *
   * @param from the short name of the service that sent it
   * @param type the last part of its type, such as {@code ReserveStock}
   */
  public record Seen(
      String topic, String from, String orderId, String type, Instant at, @Nullable String trace) {
    String edge() {
      return from + ">" + topic;
    }
  }

  /**
   * As the page is shown them.
   *
   * @param skipped how many were passed over, because they arrived faster than they are read
   */
  public static JsonObject json(List<Seen> messages, long skipped, Instant now) {
    Map<String, JsonObject> edges = new LinkedHashMap<>();
    for (Seen seen : messages) {
      JsonObject edge =
          edges.computeIfAbsent(
              seen.edge(), first -> new JsonObject().put("n", 0).put("sample", new JsonArray()));
      edge.put("n", edge.getInteger("n") + 1);
      JsonArray sample = edge.getJsonArray("sample");
      if (sample.size() < SAMPLE) {
        sample.add(message(seen));
      }
    }
    JsonObject json = new JsonObject();
    edges.forEach(json::put);
    return new JsonObject().put("at", now.toString()).put("edges", json).put("left", skipped);
  }

  private static JsonObject message(Seen seen) {
    JsonObject json =
        new JsonObject()
            .put("o", seen.orderId())
            .put("m", seen.type())
            .put("at", seen.at().toString());
    return seen.trace() == null ? json : json.put("trace", seen.trace());
  }

  /** The short name of a sender, such as {@code order} of {@code /order-service}. */
  public static String sender(@Nullable String source) {
    return source == null ? "unknown" : source.replaceFirst("^/", "").replaceFirst("-service$", "");
  }

  /** The name of a message's type: {@code ReserveStock} of {@code dev.….ReserveStock.v1}. */
  public static String typeName(@Nullable String type) {
    return type == null ? "no type" : type.replaceFirst("^(?:.*\\.)?(\\w+)\\.v\\d+$", "$1");
  }
}
