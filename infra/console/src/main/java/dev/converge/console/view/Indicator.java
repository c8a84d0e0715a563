package dev.converge.console.view;

import java.util.List;
import java.util.stream.Collectors;

/** The measure of an objective: as PromQL for Prometheus, and the same from scrapes. */
public sealed interface Indicator {
  /** PromQL: the part that was bad in a window, such as {@code 5m}. */
  String errorsIn(String window);

  /** The metrics that it reads. */
  List<Selector> selectors();

  /** The counts since the observation before. */
  Tally of(Observation seen);

  /** Of some events, others are bad. */
  record Counted(Selector bad, Selector all) implements Indicator {
    @Override
    public String errorsIn(String window) {
      return "(sum(rate(%s[%s])) or vector(0)) / sum(rate(%s[%s]))"
          .formatted(bad, window, all, window);
    }

    @Override
    public List<Selector> selectors() {
      return List.of(bad, all);
    }

    @Override
    public Tally of(Observation seen) {
      double happened = seen.growth(all);
      return new Tally(Math.min(seen.growth(bad), happened), happened);
    }
  }

  /**
   * Events that took longer are bad.
   *
   * @param seconds the limit of one of its buckets
   */
  record Timed(Selector histogram, double seconds) implements Indicator {
    private Selector good() {
      return histogram.suffixed("_bucket").with("le", Double.toString(seconds));
    }

    private Selector all() {
      return histogram.suffixed("_count");
    }

    @Override
    public String errorsIn(String window) {
      return "1 - sum(rate(%s[%s])) / sum(rate(%s[%s]))".formatted(good(), window, all(), window);
    }

    @Override
    public List<Selector> selectors() {
      return List.of(good(), all());
    }

    @Override
    public Tally of(Observation seen) {
      double happened = seen.growth(all());
      return new Tally(Math.max(0, happened - seen.growth(good())), happened);
    }
  }

  /** The time is bad in which one of the gauges is above 0. */
  record Zero(List<Selector> gauges) implements Indicator {
    public Zero {
      gauges = List.copyOf(gauges);
      // PromQL selects several metrics by a pattern of their names.
      if (gauges.isEmpty()
          || (gauges.size() > 1
              && gauges.stream().anyMatch(gauge -> !gauge.conditions().isEmpty()))) {
        throw new IllegalArgumentException("gauges: one, or several without conditions");
      }
    }

    @Override
    public String errorsIn(String window) {
      String meant =
          gauges.size() == 1
              ? gauges.get(0).toString()
              : gauges.stream()
                  .map(Selector::metric)
                  .collect(Collectors.joining("|", "{__name__=~\"", "\"}"));
      return "avg_over_time((max(%s) > bool 0)[%s:1m])".formatted(meant, window);
    }

    @Override
    public List<Selector> selectors() {
      return gauges;
    }

    @Override
    public Tally of(Observation seen) {
      List<Scrape.Sample> found =
          seen.processes().stream()
              .flatMap(process -> process.now().samples().stream())
              .filter(sample -> gauges.stream().anyMatch(gauge -> gauge.matches(sample)))
              .toList();
      boolean isBad = found.stream().anyMatch(sample -> sample.value() > 0);
      return found.isEmpty() ? Tally.NONE : new Tally(isBad ? seen.seconds() : 0, seen.seconds());
    }
  }
}
