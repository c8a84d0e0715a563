package dev.converge.outbox.delivery;

import java.util.function.LongUnaryOperator;

/**
 * How long a consumer backs off before it retries. The backoff doubles with each consecutive
 * failure up to a maximum, with up to half of jitter.
 *
 * @param firstMillis before the first retry
 * @param maxMillis the maximum
 * @param maxBlockedMillis the maximum while messages are retried that may be at fault themselves
 * @param random draws a number from 0 up to, but not including, its argument
 */
public record Backoff(
    long firstMillis, long maxMillis, long maxBlockedMillis, LongUnaryOperator random) {
  private static final int MAX_DOUBLINGS = 20;

  /** The backoff in milliseconds after a number of consecutive failures. */
  public long millis(int failures) {
    return millis(failures, maxMillis);
  }

  /** Like {@link #millis}, while some messages fail. */
  public long blockedMillis(int failures) {
    return millis(failures, Math.min(maxMillis, maxBlockedMillis));
  }

  private long millis(int failures, long most) {
    long doubled = firstMillis << Math.min(Math.max(failures - 1, 0), MAX_DOUBLINGS);
    long capped = Math.min(doubled, most);
    return capped - random.applyAsLong(capped / 2 + 1);
  }
}
