package dev.converge.platform;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The spans of a trace as Zipkin answers them, in lines for people: a child below its parent. */
final class Waterfall {
  private static final int WIDTH = 30;
  private static final double MICROS = 1_000.0;

  private final Map<String, List<Span>> children = new HashMap<>();
  private final List<String> lines = new ArrayList<>();
  private final Set<Span> drawn = new HashSet<>();
  private final long begin;
  private final long end;

  private record Span(
      String id, String parent, String service, String name, long at, long micros, boolean failed) {
    static Span of(JsonNode json) {
      return new Span(
          json.path("id").asText(),
          json.path("parentId").asText(""),
          Visible.line(json.path("localEndpoint").path("serviceName").asText("")),
          Visible.line(json.path("name").asText("")),
          json.path("timestamp").asLong(),
          json.path("duration").asLong(),
          json.path("tags").has("error"));
    }

    long end() {
      return at + micros;
    }
  }

  private Waterfall(List<Span> spans) {
    begin = spans.stream().mapToLong(Span::at).min().orElse(0);
    end = Math.max(begin + 1, spans.stream().mapToLong(Span::end).max().orElse(0));
    for (Span span : spans) {
      children.computeIfAbsent(span.parent(), first -> new ArrayList<>()).add(span);
    }
    Set<String> ids = new HashSet<>(spans.stream().map(Span::id).toList());
    // The parent of a span may be of a client that reports no spans.
    spans.stream().filter(span -> !ids.contains(span.parent())).forEach(span -> draw(span, 0));
    // Spans that are each other's parents have no root.
    spans.forEach(span -> draw(span, 0));
  }

  /** The lines; empty without spans. */
  static List<String> lines(JsonNode spans) {
    List<Span> all = new ArrayList<>();
    spans.forEach(span -> all.add(Span.of(span)));
    all.sort(Comparator.comparing(Span::at).thenComparing(Span::id));
    return new Waterfall(all).lines;
  }

  private void draw(Span span, int depth) {
    if (drawn.add(span)) {
      lines.add(line(span, depth));
      children.getOrDefault(span.id(), List.of()).forEach(child -> draw(child, depth + 1));
    }
  }

  private String line(Span span, int depth) {
    return String.format(
        Locale.ROOT,
        "%9.1f ms %8.1f ms |%s| %s%s: %s%s",
        (span.at() - begin) / MICROS,
        span.micros() / MICROS,
        bar(span),
        "  ".repeat(depth),
        span.service(),
        span.name(),
        span.failed() ? " FAILED" : "");
  }

  private String bar(Span span) {
    int from = (int) Math.min(WIDTH - 1L, WIDTH * (span.at() - begin) / (end - begin));
    int to = (int) Math.max(from + 1L, WIDTH * (span.end() - begin) / (end - begin));
    return " ".repeat(from) + "=".repeat(to - from) + " ".repeat(WIDTH - to);
  }
}
