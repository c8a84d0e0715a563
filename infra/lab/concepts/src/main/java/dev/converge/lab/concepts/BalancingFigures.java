package dev.converge.lab.concepts;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Machine;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The cost of each way to choose a replica, if one of three is slow. Pure.
 *
 * @param slow the number of the slow replica, from 1
 */
record BalancingFigures(Settings settings, int slow, Machine machine, List<Measured> measured) {
  /**
   * The load, and the replicas.
   *
   * @param seconds of load for each choice
   */
  record Settings(
      long seed,
      double seconds,
      int requestsPerSecond,
      int workers,
      int fastMillis,
      int slowMillis) {
    static Settings of(long seed, double seconds) {
      return new Settings(seed, seconds, 150, 4, 15, 150);
    }

    /** Requests a second that the slow replica can answer at most. */
    @JsonProperty
    int slowCapacity() {
      return workers * 1_000 / slowMillis;
    }
  }

  /** How a replica is chosen for a request. */
  enum Choice {
    RANDOM("random", "steady"),
    ROUND_ROBIN("round robin", "end"),
    LEAST_REQUESTS("least requests", "filled"),
    TWO_CHOICES("power of two choices", "traced");

    private final String says;
    private final String style;

    Choice(String says, String style) {
      this.says = says;
      this.style = style;
    }

    String says() {
      return says;
    }

    /** The CSS class of its marks. */
    String style() {
      return style;
    }

    /** Whether it regards how much each replica has to do. */
    boolean regardsLoad() {
      return this == LEAST_REQUESTS || this == TWO_CHOICES;
    }
  }

  /**
   * The answers with one way to choose.
   *
   * @param perReplica requests that each replica received
   * @param failed requests without an answer 200
   * @param millis the distribution of the latency, from the intended start of a request
   */
  record Measured(Choice choice, List<Integer> perReplica, int failed, Distribution millis) {
    double share(int replica) {
      int all = perReplica.stream().mapToInt(Integer::intValue).sum();
      return all == 0 ? 0 : perReplica.get(replica - 1) / (double) all;
    }
  }

  /**
   * Quantiles of latencies.
   *
   * @param percentiles the first to the 100th
   */
  record Distribution(int count, double p50, double p90, double p99, List<Double> percentiles) {
    static Distribution of(List<Double> millis) {
      List<Double> sorted = millis.stream().sorted().toList();
      return new Distribution(
          sorted.size(),
          at(sorted, 0.5),
          at(sorted, 0.9),
          at(sorted, 0.99),
          IntStream.rangeClosed(1, 100).mapToObj(percent -> at(sorted, percent / 100.0)).toList());
    }

    private static double at(List<Double> sorted, double share) {
      Double value = Figures.quantile(sorted, share);
      return value == null ? Double.NaN : Math.round(value * 1_000) / 1_000.0;
    }
  }

  Measured of(Choice choice) {
    return measured.stream().filter(one -> one.choice() == choice).findFirst().orElseThrow();
  }

  /** The statements of the page, and whether these figures show them. */
  @JsonProperty
  List<Claim> claims() {
    Measured random = of(Choice.RANDOM);
    Measured roundRobin = of(Choice.ROUND_ROBIN);
    Measured least = of(Choice.LEAST_REQUESTS);
    Measured two = of(Choice.TWO_CHOICES);
    double blind = Math.min(random.millis().p99(), roundRobin.millis().p99());
    double seeing = Math.max(least.millis().p99(), two.millis().p99());
    return List.of(
        new Claim(
            "every request is answered",
            measured.stream().mapToInt(Measured::failed).sum() + " without an answer",
            measured.stream().allMatch(one -> one.failed() == 0 && one.millis().count() > 0)),
        new Claim(
            "random and round robin send the slow replica a third of the requests",
            percents(random, roundRobin),
            isThird(random, 0.06) && isThird(roundRobin, 0.01)),
        new Claim(
            "least requests and power of two choices send it less than half of that",
            percents(least, two),
            least.share(slow) < 1 / 6.0 && two.share(slow) < 1 / 6.0),
        new Claim(
            "without regard to load, the 99th percentile is at least three times as long",
            String.format(
                Locale.ROOT,
                "%s ms at least against %s ms at most: %s times",
                Figures.rounded(blind),
                Figures.rounded(seeing),
                Figures.rounded(Figures.ratio(blind, seeing))),
            blind >= 3 * seeing));
  }

  private boolean isThird(Measured one, double tolerance) {
    return Math.abs(one.share(slow) - 1 / 3.0) < tolerance;
  }

  private String percents(Measured one, Measured other) {
    return one.choice().says()
        + " "
        + Figures.percent(one.share(slow))
        + ", "
        + other.choice().says()
        + " "
        + Figures.percent(other.share(slow));
  }
}
