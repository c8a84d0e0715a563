package dev.converge.order.application;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How many orders may come in now: a bucket of tokens that replies fill (J. Turner, "New directions
 * in communications", 1986, with the service rate as the token rate). Full whenever replies are
 * quick, and whenever there are none.
 */
final class IntakeRate {
  /** A first reply that takes longer shows that more comes in than is served. */
  static final Duration PATIENCE = Duration.ofSeconds(1);

  /** No reply for so long: whoever replies is away, and nothing can be learnt from it. */
  static final Duration SILENCE = Duration.ofSeconds(1);

  /** Orders let in on credit once replies are slow: a short burst, or a neighbour's return. */
  static final int BURST = 2_000;

  private static final double WEIGHT = 0.02;

  private final LongSupplier nanoTime;
  private double averageMillis;
  private long lastReplyNanos;
  private int tokens = BURST;

  IntakeRate(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.lastReplyNanos = nanoTime.getAsLong() - SILENCE.toNanos();
  }

  /** Takes a token, if there is one. */
  synchronized boolean tryEnter() {
    if (!isBehind()) {
      tokens = BURST;
      return true;
    }
    if (tokens == 0) {
      return false;
    }
    tokens--;
    return true;
  }

  /** An order has had its first reply. */
  synchronized void replied(Duration after) {
    averageMillis += WEIGHT * (after.toMillis() - averageMillis);
    lastReplyNanos = nanoTime.getAsLong();
    tokens = Math.min(BURST, tokens + 1);
  }

  private boolean isBehind() {
    return averageMillis > PATIENCE.toMillis()
        && nanoTime.getAsLong() - lastReplyNanos < SILENCE.toNanos();
  }
}
