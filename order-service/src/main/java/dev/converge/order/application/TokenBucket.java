package dev.converge.order.application;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Holds the tokens of {@link AdmissionControl}: a bucket that replies fill (J. Turner, "New
 * directions in communications", 1986, with the service rate as the token rate). Full whenever
 * replies are quick, and whenever there are none.
 *
 * <p>Safe for several threads.
 */
final class TokenBucket {
  /** A first reply that takes longer shows that orders arrive faster than they are served. */
  static final Duration SLOW = Duration.ofSeconds(1);

  /** Without a reply for so long, the participant is unavailable, and its speed is unknown. */
  static final Duration SILENCE = Duration.ofSeconds(1);

  /** Orders admitted once replies become slow: a short burst, or the return of a participant. */
  static final int CAPACITY = 2_000;

  /** Weight of a reply in the moving average. */
  private static final double WEIGHT = 0.02;

  private final LongSupplier nanoTime;
  private double averageMillis;
  private long lastReplyNanos;
  private int tokens = CAPACITY;

  TokenBucket(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.lastReplyNanos = nanoTime.getAsLong() - SILENCE.toNanos();
  }

  /** Takes a token, if there is one. */
  synchronized boolean tryTake() {
    if (!isOverloaded()) {
      tokens = CAPACITY;
      return true;
    }
    if (tokens == 0) {
      return false;
    }
    tokens--;
    return true;
  }

  /** Returns a token: an order has had its first reply, after this time. */
  synchronized void replied(Duration wait) {
    averageMillis += WEIGHT * (wait.toMillis() - averageMillis);
    lastReplyNanos = nanoTime.getAsLong();
    tokens = Math.min(CAPACITY, tokens + 1);
  }

  private boolean isOverloaded() {
    return averageMillis > SLOW.toMillis()
        && nanoTime.getAsLong() - lastReplyNanos < SILENCE.toNanos();
  }
}
