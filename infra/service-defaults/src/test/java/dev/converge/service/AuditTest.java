package dev.converge.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Goal: looking never takes more than a hundredth of the time. Method: the pause, by the look. */
class AuditTest {
  @Test
  void shortLooksComeEveryFifteenSeconds() {
    assertThat(Audit.pauseMillis(TimeUnit.MILLISECONDS.toNanos(20))).isEqualTo(15_000);
  }

  @Test
  void longLooksComeLessOften() {
    assertThat(Audit.pauseMillis(TimeUnit.SECONDS.toNanos(1))).isEqualTo(99_000);
  }
}
