package dev.converge.order.application;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;

/** Goal: overload is held off, an outage is not taken for it. Method: a clock that we set. */
class IntakeRateTest {
  private static final Duration QUICK = Duration.ofMillis(50);
  private static final Duration SLOW = Duration.ofSeconds(3);

  private long nanos;
  private final IntakeRate rate = new IntakeRate(() -> nanos);

  @Test
  void letsEverythingInBeforeTheFirstReply() {
    assertThat(entered(100_000)).isEqualTo(100_000);
  }

  @Test
  void letsEverythingInWhileRepliesAreQuick() {
    replies(1_000, QUICK);

    assertThat(entered(100_000)).isEqualTo(100_000);
  }

  @Test
  void letsABurstInAndThenOneForEachReplyWhileTheyAreSlow() {
    replies(1_000, SLOW);

    assertThat(entered(100_000)).isEqualTo(IntakeRate.BURST);
    assertThat(entered(1)).isZero();
    replies(7, SLOW);
    assertThat(entered(100)).isEqualTo(7);
  }

  @Test
  void letsEverythingInWhenRepliesFallSilent() {
    replies(1_000, SLOW);
    assertThat(entered(100_000)).isEqualTo(IntakeRate.BURST);

    pass(IntakeRate.SILENCE);

    assertThat(entered(100_000)).isEqualTo(100_000);
  }

  @Test
  void letsEverythingInAgainOnceRepliesAreQuickAgain() {
    replies(1_000, SLOW);
    assertThat(entered(100_000)).isEqualTo(IntakeRate.BURST);

    replies(1_000, QUICK);

    assertThat(entered(100_000)).isEqualTo(100_000);
  }

  @Test
  void keepsTheOrdersUnderWayWithinBoundsUnderAFloodOfTwiceTheCapacity() {
    Deque<Long> placedAt = new ArrayDeque<>();
    int most = 0;
    // A platform that serves one order a millisecond, and two that want in.
    for (int millis = 0; millis < 60_000; millis++) {
      pass(Duration.ofMillis(1));
      for (int offered = 0; offered < 2; offered++) {
        if (rate.tryEnter()) {
          placedAt.add(nanos);
        }
      }
      if (!placedAt.isEmpty()) {
        rate.replied(Duration.ofNanos(nanos - placedAt.remove()));
      }
      most = Math.max(most, placedAt.size());
    }

    // Two thousand until a reply takes a second, the burst, and what comes in until it is noticed.
    assertThat(most).isBetween(IntakeRate.BURST, 2 * IntakeRate.BURST + 200);
  }

  @Test
  void refusesNoneOfAModestStreamAfterAnOutage() {
    int refused = 0;
    Deque<Long> placedAt = new ArrayDeque<>();
    // Three orders each ten milliseconds; for a minute nobody serves them, then ten are served.
    for (int step = 0; step < 20_000; step++) {
      pass(Duration.ofMillis(10));
      boolean served = step < 1_000 || step > 7_000;
      for (int offered = 0; offered < 3; offered++) {
        if (rate.tryEnter()) {
          placedAt.add(nanos);
        } else {
          refused++;
        }
      }
      for (int reply = 0; served && reply < 10 && !placedAt.isEmpty(); reply++) {
        rate.replied(Duration.ofNanos(nanos - placedAt.remove()));
      }
    }

    assertThat(refused).isZero();
    assertThat(placedAt).isEmpty();
  }

  private void replies(int count, Duration after) {
    for (int reply = 0; reply < count; reply++) {
      rate.replied(after);
    }
  }

  private int entered(int tries) {
    int entered = 0;
    for (int attempt = 0; attempt < tries; attempt++) {
      entered += rate.tryEnter() ? 1 : 0;
    }
    return entered;
  }

  private void pass(Duration time) {
    nanos += time.toNanos();
  }
}
