package dev.converge.lab.protocols;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waits for a time or a condition, with a bound. */
final class Waiting {
  private static final long POLL_MILLIS = 20;

  private Waiting() {}

  /** A condition to wait for. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws IOException, SQLException;
  }

  static void pause(Duration time) throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(Math.max(0, time.toNanos()));
  }

  /** Polls the condition; returns false if it does not hold in time. */
  static boolean until(Duration within, Condition condition) throws InterruptedException {
    long begin = System.nanoTime();
    while (true) {
      try {
        if (condition.holds()) {
          return true;
        }
      } catch (IOException | SQLException notYet) {
        // A part that has just started does not answer yet.
      }
      if (System.nanoTime() - begin > within.toNanos()) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
  }
}
