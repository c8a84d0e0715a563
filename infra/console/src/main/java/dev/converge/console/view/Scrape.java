package dev.converge.console.view;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The answer of {@code GET /metrics}, in Prometheus' text format or in OpenMetrics. */
public record Scrape(List<Sample> samples) {
  private static final int MOST_SAMPLES = 5_000;
  private static final Pattern TRACE_ID = Pattern.compile("[0-9a-f]{32}");

  /** No answer. */
  public static final Scrape NONE = new Scrape(List.of());

  public Scrape {
    samples = List.copyOf(samples);
  }

  /** A sample of a metric. */
  public record Sample(
      String name, Map<String, String> labels, double value, Optional<Exemplar> exemplar) {
    public Sample {
      labels = Map.copyOf(labels);
    }

    /** A sample without an exemplar. */
    public Sample(String name, Map<String, String> labels, double value) {
      this(name, labels, value, Optional.empty());
    }
  }

  /** Reads a text. A line that is not a sample is ignored: the format has comments. */
  public static Scrape parse(String text) {
    return parse(text, name -> true);
  }

  /** Reads the metrics of a text whose names are wanted. */
  public static Scrape parse(String text, Predicate<String> wanted) {
    List<Sample> samples = new ArrayList<>();
    int at = 0;
    while (at < text.length() && samples.size() < MOST_SAMPLES) {
      int newLine = text.indexOf('\n', at);
      int end = newLine < 0 ? text.length() : newLine;
      if (end > at && text.charAt(at) != '#') {
        sample(text.substring(at, end), wanted, samples);
      }
      at = end + 1;
    }
    return new Scrape(samples);
  }

  private static void sample(String line, Predicate<String> wanted, List<Sample> samples) {
    int brace = line.indexOf('{');
    int end = brace < 0 ? line.indexOf(' ') : endOfLabels(line, brace + 1);
    if (end < 0) {
      return;
    }
    String name = line.substring(0, brace < 0 ? end : brace);
    if (!wanted.test(name)) {
      return;
    }
    Map<String, String> labels = brace < 0 ? Map.of() : labels(line.substring(brace + 1, end));
    String rest = line.substring(end + 1).strip();
    number(rest.split(" ", 2)[0])
        .ifPresent(value -> samples.add(new Sample(name, labels, value, exemplar(rest))));
  }

  // In OpenMetrics, behind the value: # {trace_id="…"} 0.3 1732962000.1
  private static Optional<Exemplar> exemplar(String rest) {
    int begin = rest.indexOf("# {");
    int end = begin < 0 ? -1 : endOfLabels(rest, begin + 3);
    if (end < 0) {
      return Optional.empty();
    }
    String traceId = labels(rest.substring(begin + 3, end)).getOrDefault("trace_id", "");
    String[] measured = rest.substring(end + 1).strip().split(" ", 2);
    OptionalDouble value = number(measured[0]);
    OptionalDouble at = number(measured.length < 2 ? "" : measured[1]);
    return TRACE_ID.matcher(traceId).matches() && value.isPresent() && at.isPresent()
        ? Optional.of(
            new Exemplar(
                traceId,
                value.getAsDouble(),
                Instant.ofEpochMilli(Math.round(1_000 * at.getAsDouble()))))
        : Optional.empty();
  }

  // A brace inside a quoted value does not end the labels.
  private static int endOfLabels(String line, int from) {
    boolean quoted = false;
    for (int i = from; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '\\' && quoted) {
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == '}' && !quoted) {
        return i;
      }
    }
    return -1;
  }

  private static Map<String, String> labels(String text) {
    Map<String, String> labels = new HashMap<>();
    int at = 0;
    while (at < text.length()) {
      int equals = text.indexOf("=\"", at);
      if (equals < 0) {
        return labels;
      }
      StringBuilder value = new StringBuilder();
      int i = equals + 2;
      while (i < text.length() && text.charAt(i) != '"') {
        if (text.charAt(i) == '\\' && i + 1 < text.length()) {
          i++;
        }
        value.append(text.charAt(i));
        i++;
      }
      labels.put(text.substring(at, equals).strip(), value.toString());
      at = i + 1;
      while (at < text.length() && (text.charAt(at) == ',' || text.charAt(at) == ' ')) {
        at++;
      }
    }
    return labels;
  }

  private static OptionalDouble number(String text) {
    try {
      return OptionalDouble.of(Double.parseDouble(text));
    } catch (NumberFormatException notASample) {
      return OptionalDouble.empty();
    }
  }

  /** The sum of a metric's samples; 0 without one. */
  public double sum(String name) {
    return samples.stream()
        .filter(sample -> sample.name().equals(name))
        .mapToDouble(Sample::value)
        .sum();
  }

  /** The sum of those whose label has a value. */
  public double sum(String name, String label, String value) {
    return samples.stream()
        .filter(sample -> sample.name().equals(name) && value.equals(sample.labels().get(label)))
        .mapToDouble(Sample::value)
        .sum();
  }

  /** The largest sample of a metric; empty without one. */
  public OptionalDouble max(String name) {
    return samples.stream()
        .filter(sample -> sample.name().equals(name))
        .mapToDouble(Sample::value)
        .max();
  }

  /** The values of a label of a metric, sorted. */
  public Set<String> values(String name, String label) {
    Set<String> values = new TreeSet<>();
    samples.stream()
        .filter(sample -> sample.name().equals(name) && sample.labels().containsKey(label))
        .forEach(sample -> values.add(sample.labels().get(label)));
    return values;
  }
}
