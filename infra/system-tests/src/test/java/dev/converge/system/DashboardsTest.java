package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Goal: Grafana's dashboards are written once, and can be read without asking. Method: the files
 * are compared with those made from the panels, or written with {@code -Dconverge.write=true};
 * rules for each panel.
 */
class DashboardsTest {
  private static final Path FOLDER = Observability.FOLDER.resolve("grafana/dashboards");
  private static final Pattern WITHOUT_INTERVAL =
      Pattern.compile("(?:rate|increase)\\([^\\[]*\\[(?!\\$__rate_interval])");

  private static Map<String, String> made() {
    return GrafanaDashboards.of(Observability.panels());
  }

  private static List<JsonNode> dashboards() throws IOException {
    List<JsonNode> all = new ArrayList<>();
    for (String text : made().values()) {
      all.add(new ObjectMapper().readTree(text));
    }
    return all;
  }

  @Test
  void dashboardsAreThoseOfThePanels() throws IOException {
    Map<String, String> made = made();
    if (Boolean.getBoolean("converge.write")) {
      Files.createDirectories(FOLDER);
      for (Map.Entry<String, String> file : made.entrySet()) {
        Files.writeString(FOLDER.resolve(file.getKey()), file.getValue());
      }
    }
    Map<String, String> committed = new TreeMap<>();
    try (Stream<Path> files = Files.list(FOLDER)) {
      for (Path file : files.toList()) {
        committed.put(String.valueOf(file.getFileName()), Files.readString(file));
      }
    }

    assertThat(committed).isEqualTo(made);
  }

  @Test
  void everyPanelSaysWhatItShowsAndInWhichUnit() throws IOException {
    for (JsonNode dashboard : dashboards()) {
      assertThat(dashboard.path("panels")).isNotEmpty();
      for (JsonNode panel : dashboard.path("panels")) {
        String title = panel.path("title").asText();
        assertThat(title).isNotBlank();
        assertThat(panel.path("description").asText()).as(title).endsWith(".");
        assertThat(panel.at("/fieldConfig/defaults/unit").asText()).as(title).isNotBlank();
        assertThat(panel.path("targets")).as(title).isNotEmpty();
        for (JsonNode target : panel.path("targets")) {
          assertThat(target.path("legendFormat").asText()).as(title).isNotBlank();
          assertThat(target.at("/datasource/uid").asText()).isEqualTo("${datasource}");
          assertThat(Observability.metrics(target.path("expr").asText())).as(title).isNotEmpty();
        }
      }
    }
  }

  @Test
  void rateHasTheIntervalThatGrafanaChooses() throws IOException {
    assertThat(WITHOUT_INTERVAL.matcher("rate(a{b=\"c\"}[5m])").find()).isTrue();
    for (JsonNode dashboard : dashboards()) {
      dashboard
          .findValuesAsText("expr")
          .forEach(
              expression ->
                  assertThat(WITHOUT_INTERVAL.matcher(expression).find()).as(expression).isFalse());
    }
  }

  @Test
  void expressionsAreValid() throws Exception {
    StringBuilder rules = new StringBuilder("groups:\n  - name: panels\n    rules:\n");
    for (String expression : Observability.panels().findValuesAsText("expr")) {
      rules
          .append("      - record: panel:query\n        expr: '")
          .append(expression.replace("$__rate_interval", "1m"))
          .append("'\n        labels: {number: '")
          .append(rules.length())
          .append("'}\n");
    }
    Path file = Files.writeString(Files.createTempFile("panels", ".yml"), rules);

    Promtool.succeeds("check", file);
    Files.delete(file);
  }

  @Test
  void idsAreUniqueAndPanelsDoNotOverlap() throws IOException {
    Set<String> uids = new HashSet<>();
    for (JsonNode dashboard : dashboards()) {
      assertThat(uids.add(dashboard.path("uid").asText())).isTrue();
      Set<Integer> ids = new HashSet<>();
      Set<String> cells = new HashSet<>();
      for (JsonNode panel : dashboard.path("panels")) {
        assertThat(ids.add(panel.path("id").asInt())).isTrue();
        JsonNode grid = panel.path("gridPos");
        assertThat(grid.path("x").asInt() + grid.path("w").asInt()).isLessThanOrEqualTo(24);
        for (int x = 0; x < grid.path("w").asInt(); x++) {
          for (int y = 0; y < grid.path("h").asInt(); y++) {
            String cell = (grid.path("x").asInt() + x) + "," + (grid.path("y").asInt() + y);
            assertThat(cells.add(cell)).as(panel.path("title").asText()).isTrue();
          }
        }
      }
    }
  }

  @Test
  void heatmapsLeadToTraces() throws IOException {
    List<String> withExemplars = new ArrayList<>();
    for (JsonNode dashboard : dashboards()) {
      for (JsonNode panel : dashboard.path("panels")) {
        if (panel.path("type").asText().equals("heatmap")) {
          assertThat(panel.at("/targets/0/exemplar").asBoolean()).isTrue();
          withExemplars.add(panel.path("title").asText());
        }
      }
    }
    assertThat(withExemplars).hasSize(3);
    assertThat(
            Files.readString(
                Observability.FOLDER.resolve("grafana/provisioning/datasources/prometheus.yml")))
        .contains("exemplarTraceIdDestinations:", "name: trace_id");
  }

  @Test
  void metricsOfAnExpressionAreFound() {
    assertThat(
            Observability.metrics(
                "sum by (a, b) (rate(c_total{d=~\"e|f\"}[$__rate_interval])) / on (slo) g:h:i > bool 0"))
        .containsExactly("c_total", "g:h:i");
    assertThat(Observability.metrics("1 - histogram_quantile(0.5, x_bucket) or vector(0)"))
        .containsExactly("x_bucket");
  }
}
