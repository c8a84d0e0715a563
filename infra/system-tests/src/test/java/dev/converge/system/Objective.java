package dev.converge.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A service level objective of {@code infra/observability/slo.json}.
 *
 * @param target the part that must be good, such as 0.999
 * @param promise what is promised
 * @param errors PromQL: the part that is bad, in {@code WINDOW}
 */
record Objective(String id, double target, String promise, String errors) {
  static final Path FOLDER =
      Path.of(System.getProperty("converge.root", "../..")).resolve("infra/observability");

  private static final Pattern SELECTED = Pattern.compile("([a-z_]+)(?:\\{([^}]*)\\})?[\\[)]");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");

  /** All of the file. */
  static List<Objective> all() {
    List<Objective> all = new ArrayList<>();
    for (JsonNode objective : read().path("objectives")) {
      all.add(
          new Objective(
              objective.path("id").asText(),
              objective.path("objective").asDouble(),
              objective.path("promise").asText(),
              objective.path("errors").asText()));
    }
    return all;
  }

  private static JsonNode read() {
    try {
      return new ObjectMapper().readTree(Files.readString(FOLDER.resolve("slo.json")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The part that may be bad. */
  double budget() {
    return 1 - target;
  }

  String errorsIn(String window) {
    return errors.replace("WINDOW", window);
  }

  /**
   * A metric that an expression reads, with the values of labels that it requires.
   *
   * @param labels without those of a pattern
   */
  record Selected(String metric, Map<String, String> labels) {
    /** Whether a line of a scrape has the metric with these labels. */
    boolean isIn(String line) {
      return (line.startsWith(metric + "{") || line.startsWith(metric + " "))
          && labels.entrySet().stream()
              .allMatch(label -> line.contains(label.getKey() + "=\"" + label.getValue() + "\""));
    }
  }

  /** The metrics that its expression reads. */
  List<Selected> selected() {
    List<Selected> all = new ArrayList<>();
    Matcher metrics = SELECTED.matcher(errors);
    while (metrics.find()) {
      Map<String, String> labels = new LinkedHashMap<>();
      Matcher label = LABEL.matcher(metrics.group(2) == null ? "" : metrics.group(2));
      while (label.find()) {
        labels.put(label.group(1), label.group(2));
      }
      all.add(new Selected(metrics.group(1), labels));
    }
    return all;
  }
}
