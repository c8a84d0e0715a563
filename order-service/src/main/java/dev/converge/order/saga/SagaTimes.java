package dev.converge.order.saga;

import java.time.Duration;

/**
 * The timeouts and retries of a saga.
 *
 * @param stepDeadline how long a step up to the pivot may take before the order is aborted
 * @param firstRetry how long the reply to an undo, or to a step after the pivot, may take until it
 *     is sent again; doubles with every attempt
 * @param maxRetry the upper limit of that time
 * @param maxAttempts how often it is sent until the saga is STUCK and waits for an operator
 */
public record SagaTimes(
    Duration stepDeadline, Duration firstRetry, Duration maxRetry, int maxAttempts) {
  public SagaTimes {
    if (maxAttempts < 1) {
      throw new IllegalArgumentException("maxAttempts: " + maxAttempts + " (expected: > 0)");
    }
  }

  /**
   * The defaults: a participant may be unavailable for a quarter of an hour, and the order still
   * completes when it is back.
   */
  public static SagaTimes standard() {
    return new SagaTimes(
        Duration.ofMinutes(15), Duration.ofSeconds(30), Duration.ofMinutes(10), 12);
  }

  Duration retry(int attempt) {
    Duration doubled = firstRetry.multipliedBy(1L << Math.min(attempt - 1, 20));
    return doubled.compareTo(maxRetry) < 0 ? doubled : maxRetry;
  }
}
