package dev.converge.lab.load;

import static org.assertj.core.api.Assertions.assertThat;

import org.HdrHistogram.Histogram;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

/**
 * Goal: percentiles are those of the times, in milliseconds. Method: 1 ms to 1,000 ms, once each.
 */
class LatenciesTest {
  private static final Percentage PRECISION = Percentage.withPercentage(0.1);

  @Test
  void percentilesAreInMilliseconds() {
    Histogram nanos = new Histogram(3);
    for (int millis = 1; millis <= 1_000; millis++) {
      nanos.recordValue(millis * 1_000_000L);
    }

    Latencies latencies = Latencies.of(nanos);

    assertThat(latencies.count()).isEqualTo(1_000);
    assertThat(latencies.p50()).isCloseTo(500, PRECISION);
    assertThat(latencies.p90()).isCloseTo(900, PRECISION);
    assertThat(latencies.p99()).isCloseTo(990, PRECISION);
    assertThat(latencies.p999()).isCloseTo(999, PRECISION);
    assertThat(latencies.max()).isCloseTo(1_000, PRECISION);
  }

  @Test
  void withoutMeasurementsThereAreNoPercentiles() {
    assertThat(Latencies.of(new Histogram(3)))
        .isEqualTo(new Latencies(0, null, null, null, null, null));
  }
}
