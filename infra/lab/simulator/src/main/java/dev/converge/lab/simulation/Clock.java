package dev.converge.lab.simulation;

import java.time.Instant;

/** A wall clock: virtual time plus the clock's jumps. */
final class Clock {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final long[] JUMPS_MILLIS = {1_000, 60_000, 3_600_000};

  private final World world;
  private final String name;
  private long aheadMillis;

  Clock(World world, String name) {
    this.world = world;
    this.name = name;
  }

  long nowMillis() {
    return world.schedule().nowMillis() + aheadMillis;
  }

  Instant now() {
    return START.plusMillis(nowMillis());
  }

  /** The time until an instant in milliseconds; 0 if it has passed. */
  long millisUntil(Instant then) {
    return Math.max(0, then.toEpochMilli() - now().toEpochMilli());
  }

  /** Jumps ahead or back by up to an hour if the fault strikes. */
  void maybeJump() {
    if (world.faults().strikes(Fault.CLOCK_JUMP)) {
      long jump = JUMPS_MILLIS[world.random().nextInt(JUMPS_MILLIS.length)];
      long by = world.random().nextBoolean() ? jump : -jump;
      aheadMillis += by;
      world.count(CoveragePoint.CLOCK_JUMP);
      world.trace().add(name, null, "jumps by " + by + " ms");
    }
  }
}
