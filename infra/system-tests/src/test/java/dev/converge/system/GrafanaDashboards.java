package dev.converge.system;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;

/** Grafana's dashboards, from the panels of {@code panels.json}. */
final class GrafanaDashboards {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SCHEMA = 39;
  private static final int GRID = 24;
  private static final int STAT_HEIGHT = 5;
  private static final int HEIGHT = 8;
  private static final String TAG = "converge";

  private GrafanaDashboards() {}

  /** The files by their names. */
  static Map<String, String> of(JsonNode panels) {
    Map<String, String> files = new TreeMap<>();
    for (JsonNode given : panels.path("dashboards")) {
      files.put(given.path("id").asText() + ".json", text(dashboard(given)));
    }
    return files;
  }

  private static String text(ObjectNode dashboard) {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(dashboard) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ObjectNode dashboard(JsonNode given) {
    ObjectNode board =
        JSON.createObjectNode()
            .put("uid", TAG + "-" + given.path("id").asText())
            .put("title", "Converge: " + given.path("title").asText())
            .put("schemaVersion", SCHEMA)
            .put("editable", false)
            .put("refresh", "15s")
            .put("timezone", "utc");
    board.putArray("tags").add(TAG);
    board.putObject("time").put("from", "now-1h").put("to", "now");
    board
        .putArray("links")
        .addObject()
        .put("type", "dashboards")
        .put("title", "Converge")
        .put("asDropdown", false)
        .put("keepTime", true)
        .putArray("tags")
        .add(TAG);
    board
        .putObject("templating")
        .putArray("list")
        .addObject()
        .put("name", "datasource")
        .put("label", "Data source")
        .put("type", "datasource")
        .put("query", "prometheus");
    addPanels(board.putArray("panels"), given.path("panels"));
    return board;
  }

  // From left to right; a panel that does not fit begins the next row.
  private static void addPanels(ArrayNode panels, JsonNode given) {
    int x = 0;
    int y = 0;
    int rowHeight = 0;
    for (JsonNode panel : given) {
      int width = panel.path("width").asInt();
      int height = panel.path("kind").asText().equals("stat") ? STAT_HEIGHT : HEIGHT;
      if (x + width > GRID) {
        x = 0;
        y += rowHeight;
        rowHeight = 0;
      }
      ObjectNode made = panel(panels.size() + 1, panel);
      made.putObject("gridPos").put("x", x).put("y", y).put("w", width).put("h", height);
      panels.add(made);
      x += width;
      rowHeight = Math.max(rowHeight, height);
    }
  }

  private static ObjectNode panel(int id, JsonNode given) {
    ObjectNode panel =
        JSON.createObjectNode()
            .put("id", id)
            .put("type", type(given))
            .put("title", given.path("title").asText())
            .put("description", given.path("description").asText());
    panel.set("datasource", datasource());
    panel.set("fieldConfig", fields(given));
    panel.set("options", options(given));
    ArrayNode targets = panel.putArray("targets");
    for (JsonNode query : given.path("queries")) {
      targets.add(target(targets.size(), query, given));
    }
    return panel;
  }

  private static String type(JsonNode given) {
    return switch (given.path("kind").asText()) {
      case "stat" -> "stat";
      case "lines" -> "timeseries";
      case "heatmap" -> "heatmap";
      default -> throw new IllegalArgumentException("kind: " + given.path("kind"));
    };
  }

  private static boolean isHeatmap(JsonNode given) {
    return type(given).equals("heatmap");
  }

  private static ObjectNode datasource() {
    return JSON.createObjectNode().put("type", "prometheus").put("uid", "${datasource}");
  }

  private static ObjectNode fields(JsonNode given) {
    ObjectNode fields = JSON.createObjectNode();
    ObjectNode defaults = fields.putObject("defaults");
    defaults.put("unit", given.path("unit").asText());
    ArrayNode steps = defaults.putObject("thresholds").put("mode", "absolute").putArray("steps");
    steps.addObject().put("color", "green").putNull("value");
    if (given.has("bad")) {
      steps.addObject().put("color", "red").set("value", given.path("bad"));
      defaults.putObject("custom").putObject("thresholdsStyle").put("mode", "line");
    }
    fields.putArray("overrides");
    return fields;
  }

  private static ObjectNode options(JsonNode given) {
    ObjectNode options = JSON.createObjectNode();
    if (isHeatmap(given)) {
      options.put("calculate", false);
      options.putObject("yAxis").put("unit", given.path("unit").asText());
      options.putObject("exemplars").put("color", "rgba(255,255,255,0.9)");
      options.putObject("color").put("mode", "scheme").put("scheme", "Blues").put("steps", 64);
    }
    return options;
  }

  private static ObjectNode target(int number, JsonNode query, JsonNode panel) {
    ObjectNode target =
        JSON.createObjectNode()
            .put("refId", String.valueOf((char) ('A' + number)))
            .put("expr", query.path("expr").asText())
            .put("legendFormat", query.path("legend").asText())
            .put("exemplar", panel.path("exemplars").asBoolean())
            .put("range", true);
    target.set("datasource", datasource());
    return isHeatmap(panel) ? target.put("format", "heatmap") : target;
  }
}
