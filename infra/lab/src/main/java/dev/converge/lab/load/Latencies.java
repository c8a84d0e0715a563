package dev.converge.lab.load;

import org.HdrHistogram.Histogram;

/**
 * Percentiles in milliseconds, from the time a request was meant to be sent: a stall counts for all
 * that had to wait for it (G. Tene, "How NOT to measure latency").
 */
public record Latencies(long count, double p50, double p90, double p99, double p999, double max) {
  private static final double NANOS_PER_MILLI = 1e6;

  /** The percentiles of times in nanoseconds. */
  public static Latencies of(Histogram nanos) {
    return new Latencies(
        nanos.getTotalCount(),
        millis(nanos, 50),
        millis(nanos, 90),
        millis(nanos, 99),
        millis(nanos, 99.9),
        nanos.getMaxValue() / NANOS_PER_MILLI);
  }

  private static double millis(Histogram nanos, double percentile) {
    return nanos.getTotalCount() == 0
        ? Double.NaN
        : nanos.getValueAtPercentile(percentile) / NANOS_PER_MILLI;
  }
}
