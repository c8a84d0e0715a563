package dev.converge.order.application;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;

/** Goal: overload limits admission, an outage does not. Method: a clock that the test sets. */
class TokenBucketTest {
  private static final Duration QUICK = Duration.ofMillis(50);
  private static final Duration SLOW = Duration.ofSeconds(3);

  private long nanos;
  private final TokenBucket tokens = new TokenBucket(() -> nanos);

  @Test
  void admitsEverythingBeforeTheFirstReply() {
    assertThat(admitted(100_000)).isEqualTo(100_000);
  }

  @Test
  void admitsEverythingWhileRepliesAreQuick() {
    replies(1_000, QUICK);

    assertThat(admitted(100_000)).isEqualTo(100_000);
  }

  @Test
  void admitsABurstAndThenOneOrderPerReplyWhileRepliesAreSlow() {
    replies(1_000, SLOW);

    assertThat(admitted(100_000)).isEqualTo(TokenBucket.CAPACITY);
    assertThat(admitted(1)).isZero();
    replies(7, SLOW);
    assertThat(admitted(100)).isEqualTo(7);
  }

  @Test
  void admitsEverythingWhenRepliesStop() {
    replies(1_000, SLOW);
    assertThat(admitted(100_000)).isEqualTo(TokenBucket.CAPACITY);

    pass(TokenBucket.SILENCE);

    assertThat(admitted(100_000)).isEqualTo(100_000);
  }

  @Test
  void admitsEverythingAgainOnceRepliesAreQuickAgain() {
    replies(1_000, SLOW);
    assertThat(admitted(100_000)).isEqualTo(TokenBucket.CAPACITY);

    replies(1_000, QUICK);

    assertThat(admitted(100_000)).isEqualTo(100_000);
  }

  @Test
  void boundsOrdersUnderWayAtTwiceTheSustainableLoad() {
    Deque<Long> placedAt = new ArrayDeque<>();
    int most = 0;
    // A platform that serves one order per millisecond, and two that arrive.
    for (int millis = 0; millis < 60_000; millis++) {
      pass(Duration.ofMillis(1));
      for (int offered = 0; offered < 2; offered++) {
        if (tokens.tryTake()) {
          placedAt.add(nanos);
        }
      }
      if (!placedAt.isEmpty()) {
        tokens.replied(Duration.ofNanos(nanos - placedAt.remove()));
      }
      most = Math.max(most, placedAt.size());
    }

    // Two thousand until a reply takes a second, the burst, and what is admitted until the average
    // shows it.
    assertThat(most).isBetween(TokenBucket.CAPACITY, 2 * TokenBucket.CAPACITY + 200);
  }

  @Test
  void refusesNoOrderOfAModestLoadAfterAnOutage() {
    int refused = 0;
    Deque<Long> placedAt = new ArrayDeque<>();
    // Three orders each ten milliseconds; for a minute no order is served, then ten are.
    for (int step = 0; step < 20_000; step++) {
      pass(Duration.ofMillis(10));
      boolean served = step < 1_000 || step > 7_000;
      for (int offered = 0; offered < 3; offered++) {
        if (tokens.tryTake()) {
          placedAt.add(nanos);
        } else {
          refused++;
        }
      }
      for (int reply = 0; served && reply < 10 && !placedAt.isEmpty(); reply++) {
        tokens.replied(Duration.ofNanos(nanos - placedAt.remove()));
      }
    }

    assertThat(refused).isZero();
    assertThat(placedAt).isEmpty();
  }

  private void replies(int count, Duration wait) {
    for (int reply = 0; reply < count; reply++) {
      tokens.replied(wait);
    }
  }

  private int admitted(int attempts) {
    int admitted = 0;
    for (int attempt = 0; attempt < attempts; attempt++) {
      admitted += tokens.tryTake() ? 1 : 0;
    }
    return admitted;
  }

  private void pass(Duration time) {
    nanos += time.toNanos();
  }
}
