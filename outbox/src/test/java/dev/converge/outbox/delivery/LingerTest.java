package dev.converge.outbox.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LingerTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final int MAX_BATCH = 500;

  @Test
  void doesNotLingerAfterASingleMessage() {
    assertThat(Linger.millis(1, MAX_BATCH, SECOND)).isZero();
  }

  @Test
  void doesNotLingerAfterAFullBatch() {
    assertThat(Linger.millis(MAX_BATCH, MAX_BATCH, SECOND)).isZero();
  }

  @Test
  void lingersForThreeTimesTheDurationOfTheBatch() {
    assertThat(Linger.millis(8, MAX_BATCH, TimeUnit.MILLISECONDS.toNanos(4))).isEqualTo(12);
    assertThat(Linger.millis(8, MAX_BATCH, 1)).isEqualTo(1);
  }

  @Test
  void lingersLongerForMoreMessagesUpToTheBound() {
    assertThat(Linger.millis(2, MAX_BATCH, SECOND)).isEqualTo(6);
    assertThat(Linger.millis(8, MAX_BATCH, SECOND)).isEqualTo(24);
    assertThat(Linger.millis(400, MAX_BATCH, SECOND)).isEqualTo(25);
  }
}
