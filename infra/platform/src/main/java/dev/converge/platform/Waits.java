package dev.converge.platform;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for a condition, never for a time. */
final class Waits {
  private static final long LOOK_EVERY_MS = 50;

  private Waits() {}

  /** Waits for a condition; returns whether it held in time. */
  static boolean until(Duration atMost, BooleanSupplier condition) {
    long end = System.nanoTime() + atMost.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        return false;
      }
      pause();
    }
    return true;
  }

  static void pause() {
    try {
      Thread.sleep(LOOK_EVERY_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PlatformException("interrupted", e);
    }
  }
}
