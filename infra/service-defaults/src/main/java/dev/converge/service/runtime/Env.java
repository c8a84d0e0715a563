package dev.converge.service.runtime;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Reads typed environment variables. Faults are collected, so that one start reports all of them:
 * {@link #check} then throws.
 */
public final class Env {
  private static final Pattern SECRET = Pattern.compile(".*(PASSWORD|SECRET|TOKEN).*");

  private final Map<String, String> variables;
  private final Map<String, String> effective = new TreeMap<>();
  private final List<String> faults = new ArrayList<>();

  public Env(Map<String, String> variables) {
    this.variables = Map.copyOf(variables);
  }

  /** A text. An empty one counts as absent. */
  public String text(String name, String byDefault) {
    String value = variables.getOrDefault(name, "");
    String chosen = value.isEmpty() ? byDefault : value;
    effective.put(name, SECRET.matcher(name).matches() ? "***" : chosen);
    return chosen;
  }

  /** A whole number within bounds. */
  public int integer(String name, int byDefault, int min, int max) {
    String value = text(name, Integer.toString(byDefault));
    try {
      int number = Integer.parseInt(value);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Reported below, with the expected form.
    }
    faults.add(name + ": " + value + " (expected: a whole number, " + min + " to " + max + ")");
    return byDefault;
  }

  /** A positive duration in ISO 8601, such as PT30S. */
  public Duration duration(String name, Duration byDefault) {
    return duration(name, byDefault, Duration.ofMillis(1), Duration.ofMillis(Long.MAX_VALUE));
  }

  /** A duration within bounds, in ISO 8601, such as PT3S. */
  public Duration duration(String name, Duration byDefault, Duration least, Duration most) {
    String value = text(name, byDefault.toString());
    try {
      Duration duration = Duration.parse(value);
      if (duration.toMillis() >= least.toMillis() && duration.compareTo(most) <= 0) {
        return duration;
      }
    } catch (DateTimeException | ArithmeticException e) {
      // Reported below, with the expected form.
    }
    String expected =
        most.toMillis() == Long.MAX_VALUE
            ? "a positive ISO 8601 duration, such as PT30S"
            : "an ISO 8601 duration, " + least + " to " + most;
    faults.add(name + ": " + value + " (expected: " + expected + ")");
    return byDefault;
  }

  /**
   * Texts that are separated by commas; none by default.
   *
   * @param expected the form of a valid text, for the report of another one
   */
  public List<String> list(String name, Predicate<String> isValid, String expected) {
    List<String> texts =
        Arrays.stream(text(name, "").split(","))
            .map(String::strip)
            .filter(text -> !text.isEmpty())
            .toList();
    for (String text : texts) {
      if (!isValid.test(text)) {
        faults.add(name + ": " + text + " (expected: " + expected + ")");
      }
    }
    return texts;
  }

  /** One of some texts; the first by default. */
  public String oneOf(String name, String byDefault, String... others) {
    String value = text(name, byDefault);
    if (value.equals(byDefault) || List.of(others).contains(value)) {
      return value;
    }
    faults.add(
        name + ": " + value + " (expected: " + byDefault + ", " + String.join(", ", others) + ")");
    return byDefault;
  }

  /** An absolute http URI. */
  public URI uri(String name, String byDefault) {
    return uri(name, text(name, byDefault), "http://host:port").orElse(URI.create(byDefault));
  }

  /** Absolute http URIs that are separated by commas; at least one. */
  public List<URI> uris(String name, String byDefault) {
    return Arrays.stream(text(name, byDefault).split(",", -1))
        .flatMap(
            value -> uri(name, value.strip(), "http://host:port, separated by commas").stream())
        .toList();
  }

  private Optional<URI> uri(String name, String value, String expected) {
    try {
      URI uri = new URI(value);
      if ("http".equals(uri.getScheme())
          && uri.getHost() != null
          && uri.getPort() > 0
          && uri.getPort() <= 65_535) {
        return Optional.of(uri);
      }
    } catch (URISyntaxException e) {
      // Reported below, with the expected form.
    }
    faults.add(name + ": " + value + " (expected: " + expected + ")");
    return Optional.empty();
  }

  /** The variables that were read, with defaults, and with secrets masked. */
  public Map<String, String> effective() {
    return Map.copyOf(effective);
  }

  /**
   * Ends the reading of a configuration.
   *
   * @throws IllegalArgumentException with all faults, if there are any
   */
  public void check() {
    if (!faults.isEmpty()) {
      throw new IllegalArgumentException("configuration: " + String.join("; ", faults));
    }
  }
}
