package dev.converge.lab.faults;

import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waits for something to be so, with an end. */
final class Polling {
  private static final long LOOK_EVERY_MS = 50;

  private Polling() {}

  /** A condition to wait for. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws IOException, SQLException;
  }

  /** Polls the condition; returns false if it does not hold in time. */
  static boolean until(Duration within, Condition condition) throws IOException, SQLException {
    long end = System.nanoTime() + within.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        return false;
      }
      pause(Duration.ofMillis(LOOK_EVERY_MS));
    }
    return true;
  }

  /** Lets time pass. */
  static void pause(Duration time) throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }
}
