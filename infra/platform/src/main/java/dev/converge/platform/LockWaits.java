package dev.converge.platform;

import java.time.Duration;

/**
 * How long a change of a schema waits for the sessions that use its tables. Every later session
 * that needs such a table waits behind it, so it gives up soon and retries.
 *
 * @param each longest wait for one lock
 * @param attempts most attempts
 * @param firstPause between the first two attempts; it doubles from there
 * @param longestPause between two attempts
 */
record LockWaits(Duration each, int attempts, Duration firstPause, Duration longestPause) {
  private static final int MOST_DOUBLINGS = 20;

  /** Some 45 s in all. */
  static final LockWaits STANDARD =
      new LockWaits(Duration.ofSeconds(1), 16, Duration.ofMillis(250), Duration.ofSeconds(2));

  /** The pause after this number of failed attempts. */
  Duration pauseAfter(int failures) {
    Duration doubled = firstPause.multipliedBy(1L << Math.min(failures - 1, MOST_DOUBLINGS));
    return doubled.compareTo(longestPause) < 0 ? doubled : longestPause;
  }
}
