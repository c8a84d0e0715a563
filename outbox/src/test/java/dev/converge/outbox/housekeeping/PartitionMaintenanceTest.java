package dev.converge.outbox.housekeeping;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Goal: maintenance is retried soon after a failure. Method: the backoff, as a pure function. */
class PartitionMaintenanceTest {
  @Test
  void backoffDoublesFromFiveSecondsToAMinute() {
    assertThat(IntStream.rangeClosed(1, 6).mapToObj(PartitionMaintenance::backoff))
        .containsExactly(
            Duration.ofSeconds(5),
            Duration.ofSeconds(10),
            Duration.ofSeconds(20),
            Duration.ofSeconds(40),
            Duration.ofMinutes(1),
            Duration.ofMinutes(1));
  }

  @Test
  void backoffIsAMinuteAtMost() {
    assertThat(PartitionMaintenance.backoff(Integer.MAX_VALUE)).isEqualTo(Duration.ofMinutes(1));
  }
}
