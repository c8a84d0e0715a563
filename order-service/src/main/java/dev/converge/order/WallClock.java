package dev.converge.order;

import java.time.Clock;
import java.util.ServiceLoader;

/** Where the order service has the time from. */
final class WallClock {
  private WallClock() {}

  /**
   * The system's clock, in UTC; or the one that the class path brings as a service, such as one
   * that can be set ahead or back.
   */
  static Clock find(ClassLoader loader) {
    return ServiceLoader.load(Clock.class, loader).findFirst().orElseGet(Clock::systemUTC);
  }
}
