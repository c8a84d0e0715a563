package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Goal: retries wait longer and longer, within bounds. Method: many draws of the jitter. */
class RetryPolicyTest {
  private final RetryPolicy policy =
      new RetryPolicy(3, Duration.ofMillis(100), Duration.ofMillis(500));

  private LongStream waits(int failures) {
    return LongStream.range(0, 1_000).map(draw -> policy.backoff().millis(failures));
  }

  @Test
  void backoffDoublesUpToTheMaximumWithUpToHalfOfJitter() {
    assertThat(waits(1)).allMatch(wait -> wait >= 50 && wait <= 100);
    assertThat(waits(2)).allMatch(wait -> wait >= 100 && wait <= 200);
    assertThat(waits(3)).allMatch(wait -> wait >= 200 && wait <= 400);
    assertThat(waits(4)).allMatch(wait -> wait >= 250 && wait <= 500);
  }

  @Test
  void retriesABlockedMessageWithinHalfASecondButNotImmediately() {
    RetryPolicy standard = RetryPolicy.standard();
    for (int failures : new int[] {1, 2, 3, 10, Integer.MAX_VALUE}) {
      assertThat(LongStream.range(0, 1_000).map(draw -> standard.backoff().blockedMillis(failures)))
          .allMatch(wait -> wait >= 50 && wait <= 500);
    }
    assertThat(
            new RetryPolicy(1, Duration.ofMillis(1), Duration.ofMillis(2))
                .backoff()
                .blockedMillis(9))
        .isBetween(1L, 2L);
  }

  @Test
  void backoffsDiffer() {
    assertThat(waits(4).distinct().count()).isGreaterThan(10);
  }

  @Test
  void backoffStaysWithinItsBounds() {
    assertThat(waits(0)).allMatch(wait -> wait >= 50 && wait <= 100);
    assertThat(waits(Integer.MAX_VALUE)).allMatch(wait -> wait >= 250 && wait <= 500);
  }

  @Test
  void refusesInvalidPolicies() {
    isRefused("attempts: 0", 0, Duration.ofMillis(1), Duration.ofMillis(1));
    isRefused("backoff", 1, Duration.ZERO, Duration.ofMillis(1));
    isRefused("backoff", 1, Duration.ofNanos(1), Duration.ofMillis(1));
    isRefused("backoff", 1, Duration.ofMillis(2), Duration.ofMillis(1));
    assertThat(new RetryPolicy(1, Duration.ofMillis(1), Duration.ofMillis(1)).attempts())
        .isEqualTo(1);
  }

  private static void isRefused(String reason, int attempts, Duration first, Duration longest) {
    assertThatThrownBy(() -> new RetryPolicy(attempts, first, longest))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }
}
