package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The picture of the platform, from the events of the console's stream. Pure: an event makes
 * another one.
 *
 * @param latest the latest data of each event that replaces what was before
 * @param pending whether each of the newest orders has not ended
 */
record WatchFrame(Map<String, JsonNode> latest, Map<String, Boolean> pending) {
  /** Before the first event. */
  static final WatchFrame EMPTY = new WatchFrame(Map.of(), Map.of());

  private static final List<String> REPLACED =
      List.of("parts", "gauges", "backlogs", "attention", "provider");
  private static final int NEWEST = 50;

  WatchFrame {
    latest = Map.copyOf(latest);
    pending = Map.copyOf(pending);
  }

  /** The picture after an event. */
  WatchFrame after(ServerEvents.Event event) {
    Map<String, JsonNode> now = new TreeMap<>(latest);
    if (event.name().equals("hello")) {
      REPLACED.forEach(name -> now.put(name, event.data().path(name)));
      now.put("parts", JsonOption.object().set("parts", event.data().path("parts")));
      return new WatchFrame(now, orders(Map.of(), event.data().path("orders")));
    }
    if (event.name().equals("orders")) {
      return new WatchFrame(now, orders(pending, event.data().path("orders")));
    }
    if (REPLACED.contains(event.name())) {
      now.put(event.name(), event.data());
    }
    return new WatchFrame(now, pending);
  }

  // Ids of version 7 are in the order of their creation.
  private static Map<String, Boolean> orders(Map<String, Boolean> before, JsonNode changed) {
    TreeMap<String, Boolean> orders = new TreeMap<>(before);
    changed.forEach(
        order ->
            orders.put(
                order.path("orderId").asText(), order.path("status").asText().equals("PENDING")));
    while (orders.size() > NEWEST) {
      orders.pollFirstEntry();
    }
    return orders;
  }

  private JsonNode of(String name) {
    JsonNode data = latest.get(name);
    return data == null ? JsonOption.object() : data;
  }

  private long count(String groups) {
    long count = 0;
    for (JsonNode group : of("attention").path(groups)) {
      count += group.path("count").asLong(1);
    }
    return count;
  }

  // A finding is one check that is violated, in any number of cases.
  private int findings() {
    return of("attention").path("findings").size();
  }

  private long stillPending() {
    return pending.values().stream().filter(still -> still).count();
  }

  /** As a document. */
  JsonNode json() {
    ObjectNode json =
        JsonOption.object()
            .put("pending", stillPending())
            .put("of", pending.size())
            .put("stuck", count("stuck"))
            .put("parked", count("letters"))
            .put("findings", findings())
            .put("inDoubt", count("inDoubt"))
            .put("divergent", count("divergent"));
    json.set("parts", of("parts").path("parts"));
    json.set("services", of("gauges").path("services"));
    json.set("topics", of("backlogs"));
    json.set("provider", of("provider"));
    return json;
  }

  /** In lines for people. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "pending %d of the last %d, stuck %d, parked %d, findings %d, in doubt %d",
            stillPending(),
            pending.size(),
            count("stuck"),
            count("letters"),
            findings(),
            count("inDoubt")));
    lines.add(String.format(Locale.ROOT, "%-20s %-9s %6s %10s", "PART", "STATE", "PORT", "MEMORY"));
    for (JsonNode part : of("parts").path("parts")) {
      lines.add(
          String.format(
              Locale.ROOT,
              "%-20s %-9s %6d %6d MiB",
              text(part.path("id")),
              text(part.path("state")),
              part.path("port").asInt(),
              part.path("memoryMiB").asInt()));
    }
    lines.add(
        String.format(
            Locale.ROOT,
            "%-20s %9s %9s %15s %15s",
            "SERVICE",
            "PLACED/S",
            "HANDLED/S",
            "LOG WAITING",
            "OUTBOX WAITS"));
    of("gauges")
        .path("services")
        .properties()
        .forEach(service -> lines.add(service(service.getKey(), service.getValue())));
    lines.add(String.format(Locale.ROOT, "%-20s %11s %9s", "TOPIC", "NOT HANDLED", "OLDEST"));
    of("backlogs")
        .properties()
        .forEach(topic -> lines.add(topic(topic.getKey(), topic.getValue())));
    return lines;
  }

  private static String service(String name, JsonNode gauges) {
    return String.format(
        Locale.ROOT,
        "%-20s %9.1f %9.1f %13.0f B %13.1f s",
        Visible.line(name),
        gauges.path("placedPerSecond").asDouble(),
        gauges.path("handledPerSecond").asDouble(),
        gauges.path("waitingBytes").asDouble(),
        gauges.path("undrainedSeconds").asDouble());
  }

  private static String topic(String name, JsonNode backlog) {
    return String.format(
        Locale.ROOT,
        "%-20s %11d %9s",
        Visible.line(name),
        backlog.path("lag").asLong(),
        backlog.has("oldestMs")
            ? String.format(Locale.ROOT, "%.1f s", backlog.path("oldestMs").asLong() / 1_000.0)
            : "-");
  }

  private static String text(JsonNode node) {
    return Visible.line(node.asText(""));
  }
}
