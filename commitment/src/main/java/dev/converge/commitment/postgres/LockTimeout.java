package dev.converge.commitment.postgres;

import java.time.Duration;

/** Bounds how long a branch waits for each lock before it is prepared. */
public final class LockTimeout {
  /**
   * Half of the time for which a coordinator awaits votes. Work that gets its locks later would
   * prepare when the votes are overdue: it would hold the locks only to be aborted.
   */
  public static final Duration STANDARD = Duration.ofMillis(500);

  private LockTimeout() {}

  /**
   * The statement that sets it for the current transaction.
   *
   * @throws IllegalArgumentException if it is less than a millisecond: to PostgreSQL, 0 is no bound
   */
  public static String statement(Duration lockTimeout) {
    if (lockTimeout.toMillis() < 1) {
      throw new IllegalArgumentException("a lock timeout of less than 1 ms: " + lockTimeout);
    }
    return "SET LOCAL lock_timeout = '" + lockTimeout.toMillis() + "ms'";
  }
}
