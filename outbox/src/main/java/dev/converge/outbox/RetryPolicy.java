package dev.converge.outbox;

import dev.converge.outbox.delivery.Backoff;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How a consumer retries.
 *
 * @param attempts how often a message must fail alone before it may be parked
 * @param firstBackoff the backoff before the first retry; it doubles up to {@code maxBackoff}
 * @param maxBackoff the maximum backoff; half a second while messages are retried that may be at
 *     fault themselves
 */
public record RetryPolicy(int attempts, Duration firstBackoff, Duration maxBackoff) {
  // A repair must be noticed soon, even while one message blocks.
  private static final long MAX_BLOCKED_MILLIS = 500;

  public RetryPolicy {
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts: " + attempts + " (expected: > 0)");
    }
    if (firstBackoff.toMillis() < 1 || maxBackoff.compareTo(firstBackoff) < 0) {
      throw new IllegalArgumentException(
          "backoff: "
              + firstBackoff
              + " to "
              + maxBackoff
              + " (expected: 1 ms or more, ascending)");
    }
  }

  /** Three attempts per message, 100 ms to 5 s between retries. */
  public static RetryPolicy standard() {
    return new RetryPolicy(3, Duration.ofMillis(100), Duration.ofSeconds(5));
  }

  Backoff backoff() {
    return new Backoff(
        firstBackoff.toMillis(),
        maxBackoff.toMillis(),
        MAX_BLOCKED_MILLIS,
        bound -> ThreadLocalRandom.current().nextLong(bound));
  }
}
