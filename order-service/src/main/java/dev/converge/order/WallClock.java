package dev.converge.order;

import java.time.Clock;
import java.util.ServiceLoader;

/** Finds the clock of the order service. */
final class WallClock {
  private WallClock() {}

  /**
   * The system's clock in UTC, unless the class path provides another as a service. The fault lab
   * provides one that it can step. Its class cannot be named here: no class is loaded by a name
   * from the environment.
   */
  static Clock find(ClassLoader loader) {
    return ServiceLoader.load(Clock.class, loader).findFirst().orElseGet(Clock::systemUTC);
  }
}
