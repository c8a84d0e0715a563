package dev.converge.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.converge.console.view.Objective;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The files of {@code infra/observability} that others are made from. */
final class Observability {
  static final Path FOLDER =
      Path.of(System.getProperty("converge.root", "../..")).resolve("infra/observability");

  /** Labels, windows, texts, and the labels by which samples are grouped or matched. */
  private static final Pattern NO_METRIC =
      Pattern.compile(
          "\\{[^}]*}|\\[[^]]*]|\"[^\"]*\"|\\b(?:by|without|on|ignoring)\\s*\\([^)]*\\)");

  private static final Pattern NAME = Pattern.compile("\\b[a-z_][a-z0-9_:]*\\b(?!\\s*\\()");
  private static final Set<String> WORDS = Set.of("or", "and", "unless", "bool");

  private Observability() {}

  static List<Objective> objectives() {
    return Objective.parse(read("slo.json"));
  }

  static JsonNode panels() {
    try {
      return new ObjectMapper().readTree(read("panels.json"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(String file) {
    try {
      return Files.readString(FOLDER.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The metrics that an expression of PromQL reads. */
  static Set<String> metrics(String promql) {
    Set<String> names = new TreeSet<>();
    Matcher name = NAME.matcher(NO_METRIC.matcher(promql).replaceAll(""));
    while (name.find()) {
      if (!WORDS.contains(name.group())) {
        names.add(name.group());
      }
    }
    return names;
  }
}
