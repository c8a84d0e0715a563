package dev.converge.lab.load;

import org.HdrHistogram.Histogram;

/**
 * The histograms behind {@link Timings}, encoded, so that steps can be added up.
 *
 * @param postTimes of {@link Timings#post}
 * @param completedTimes of {@link Timings#completed}
 * @param refusedTimes of {@link Timings#refused}
 */
public record Histograms(String postTimes, String completedTimes, String refusedTimes) {
  static Histograms of(Histogram post, Histogram completed, Histogram refused) {
    return new Histograms(
        Latencies.encoded(post), Latencies.encoded(completed), Latencies.encoded(refused));
  }

  Histograms plus(Histograms other) {
    return of(
        sum(postTimes, other.postTimes),
        sum(completedTimes, other.completedTimes),
        sum(refusedTimes, other.refusedTimes));
  }

  Timings timings() {
    return new Timings(latencies(postTimes), latencies(completedTimes), latencies(refusedTimes));
  }

  private static Latencies latencies(String encoded) {
    return Latencies.of(Latencies.decoded(encoded));
  }

  private static Histogram sum(String one, String other) {
    Histogram sum = Latencies.decoded(one);
    sum.add(Latencies.decoded(other));
    return sum;
  }
}
