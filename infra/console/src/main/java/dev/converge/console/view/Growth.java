package dev.converge.console.view;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The counts of a process between two scrapes.
 *
 * @param increases the counters of the later scrape, each with its increase
 * @param now the later scrape
 */
public record Growth(Scrape increases, Scrape now) {
  private record Series(String name, Map<String, String> labels) {
    static Series of(Scrape.Sample sample) {
      return new Series(sample.name(), sample.labels());
    }
  }

  /** A process that is scraped for the first time: when it counted what it has is not known. */
  public static Growth first(Scrape now) {
    return new Growth(Scrape.NONE, now);
  }

  /** A counter that is new, or fell because the process has started again, began at 0. */
  public static Growth between(Scrape before, Scrape now) {
    Map<Series, Double> values = new HashMap<>();
    before.samples().forEach(sample -> values.put(Series.of(sample), sample.value()));
    List<Scrape.Sample> increases = new ArrayList<>();
    for (Scrape.Sample sample : now.samples()) {
      double last = values.getOrDefault(Series.of(sample), 0.0);
      double more = sample.value() < last ? sample.value() : sample.value() - last;
      if (more > 0) {
        increases.add(new Scrape.Sample(sample.name(), sample.labels(), more));
      }
    }
    return new Growth(new Scrape(increases), now);
  }

  /** The increase of counters. */
  double of(Selector counters) {
    return increases.samples().stream()
        .filter(counters::matches)
        .mapToDouble(Scrape.Sample::value)
        .sum();
  }

  /** The increases of a histogram's buckets by their upper limit; each includes those below. */
  NavigableMap<Double, Double> buckets(Selector histogram) {
    Selector buckets = histogram.suffixed("_bucket");
    NavigableMap<Double, Double> byLimit = new TreeMap<>();
    increases.samples().stream()
        .filter(buckets::matches)
        .forEach(sample -> byLimit.merge(limit(sample), sample.value(), Double::sum));
    return byLimit;
  }

  private static double limit(Scrape.Sample bucket) {
    String limit = bucket.labels().getOrDefault("le", "");
    return limit.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(limit);
  }
}
