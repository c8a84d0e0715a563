package dev.converge.lab.protocols;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Quantiles of figures, in milliseconds; null where there are none. */
record Quantiles(
    int count,
    @Nullable Double p50,
    @Nullable Double p90,
    @Nullable Double p99,
    @Nullable Double max) {
  static Quantiles of(List<Double> millis) {
    List<Double> sorted = millis.stream().sorted().toList();
    if (sorted.isEmpty()) {
      return new Quantiles(0, null, null, null, null);
    }
    return new Quantiles(
        sorted.size(),
        at(sorted, 0.5),
        at(sorted, 0.9),
        at(sorted, 0.99),
        rounded(sorted.get(sorted.size() - 1)));
  }

  /** The value that a share of the sorted figures does not exceed. */
  static double at(List<Double> sorted, double share) {
    int index = (int) Math.ceil(share * sorted.size()) - 1;
    return rounded(sorted.get(Math.max(0, Math.min(sorted.size() - 1, index))));
  }

  /** Three decimals: microseconds of a millisecond. */
  static double rounded(double value) {
    return Math.round(value * 1_000) / 1_000.0;
  }
}
