package dev.converge.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Goal: a failure at a busy start is made good soon. Method: the waits between retries, alone. */
class PartitionMaintenanceTest {
  @Test
  void theWaitDoublesFromFiveSecondsToAMinute() {
    assertThat(IntStream.rangeClosed(1, 6).mapToObj(PartitionMaintenance::afterFailures))
        .containsExactly(
            Duration.ofSeconds(5),
            Duration.ofSeconds(10),
            Duration.ofSeconds(20),
            Duration.ofSeconds(40),
            Duration.ofMinutes(1),
            Duration.ofMinutes(1));
  }

  @Test
  void theWaitStaysAMinuteHoweverOftenItFails() {
    assertThat(PartitionMaintenance.afterFailures(Integer.MAX_VALUE))
        .isEqualTo(Duration.ofMinutes(1));
  }
}
