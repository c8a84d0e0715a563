package dev.converge.console.view;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The samples of a metric that an objective means, as PromQL selects them: {@code
 * requests_count{method="POST",status=~"5.."}}.
 */
public record Selector(String metric, List<Condition> conditions) {
  private static final Pattern FORM = Pattern.compile("([a-z][a-z0-9_]*)(?:\\{(.+)\\})?");
  private static final Pattern CONDITION = Pattern.compile("([a-z_]+)(=~|!~|!=|=)\"([^\"\\\\]*)\"");

  public Selector {
    conditions = List.copyOf(conditions);
  }

  /**
   * A condition on a label. A label that a sample does not have is empty.
   *
   * @param operator {@code =}, {@code !=}, {@code =~} or {@code !~}
   */
  public record Condition(String label, String operator, String value) {
    boolean holds(Map<String, String> labels) {
      String given = labels.getOrDefault(label, "");
      return switch (operator) {
        case "=" -> given.equals(value);
        case "!=" -> !given.equals(value);
        case "=~" -> given.matches(value);
        case "!~" -> !given.matches(value);
        default -> throw new IllegalStateException(operator);
      };
    }

    @Override
    public String toString() {
      return label + operator + '"' + value + '"';
    }
  }

  /** Parses a selector; throws if PromQL would read it otherwise. */
  public static Selector parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException("not a selector: " + text);
    }
    List<Condition> conditions = new ArrayList<>();
    Matcher condition = CONDITION.matcher(form.group(2) == null ? "" : form.group(2));
    while (condition.find()) {
      conditions.add(new Condition(condition.group(1), condition.group(2), condition.group(3)));
    }
    Selector selector = new Selector(form.group(1), conditions);
    if (!selector.toString().equals(text)) {
      throw new IllegalArgumentException("not a selector: " + text);
    }
    return selector;
  }

  /** The same samples of a metric whose name ends with more. */
  Selector suffixed(String suffix) {
    return new Selector(metric + suffix, conditions);
  }

  /** Those of the samples whose label has a value. */
  Selector with(String label, String value) {
    List<Condition> more = new ArrayList<>(conditions);
    more.add(new Condition(label, "=", value));
    return new Selector(metric, more);
  }

  /** Only the conditions that name a value: a service may have reported no such sample yet. */
  public Selector withoutPatterns() {
    return new Selector(
        metric, conditions.stream().filter(one -> one.operator().equals("=")).toList());
  }

  /** Whether a sample is meant. */
  public boolean matches(Scrape.Sample sample) {
    return sample.name().equals(metric)
        && conditions.stream().allMatch(condition -> condition.holds(sample.labels()));
  }

  /** As PromQL. */
  @Override
  public String toString() {
    return conditions.isEmpty()
        ? metric
        : metric
            + conditions.stream()
                .map(Condition::toString)
                .collect(Collectors.joining(",", "{", "}"));
  }
}
