package dev.converge.lab.simulation;

import java.time.Instant;

/** A wall clock: virtual time, and what leaps have made of it. */
final class Clock {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final long[] LEAPS_MILLIS = {1_000, 60_000, 3_600_000};

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

  /** How long from now until then, in milliseconds; 0 where it has passed. */
  long millisUntil(Instant then) {
    return Math.max(0, then.toEpochMilli() - now().toEpochMilli());
  }

  /** May be set, ahead or back, by as much as an hour. */
  void maybeLeap() {
    if (world.faults().strikes(Fault.CLOCK_JUMP)) {
      long leap = LEAPS_MILLIS[world.random().nextInt(LEAPS_MILLIS.length)];
      long by = world.random().nextBoolean() ? leap : -leap;
      aheadMillis += by;
      world.count(CoveragePoint.CLOCK_JUMP);
      world.trace().add(name, null, "leaps by " + by + " ms");
    }
  }
}
