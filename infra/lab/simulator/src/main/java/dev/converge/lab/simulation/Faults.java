package dev.converge.lab.simulation;

import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The faults of one seed: about half of all kinds, each at its own rate. A mix of all kinds would
 * hide failures that occur only without some of them (A. Groce and others, "Swarm testing", 2012).
 */
final class Faults {
  private final SplittableRandom random;
  private final Map<Fault, Integer> perMille = new EnumMap<>(Fault.class);
  private final long maxDelayMillis;
  private boolean ended;

  Faults(SplittableRandom random) {
    this.random = random;
    for (Fault fault : Fault.values()) {
      perMille.put(fault, random.nextBoolean() ? 0 : 1 + random.nextInt(fault.maxPerMille()));
    }
    this.maxDelayMillis = new long[] {50, 2_000, 20_000}[random.nextInt(3)];
  }

  /** Whether the fault strikes now. */
  boolean strikes(Fault fault) {
    return !ended && random.nextInt(1_000) < perMille.getOrDefault(fault, 0);
  }

  /** The delay of an event in milliseconds: 0 in most cases. */
  long delayMillis() {
    return strikes(Fault.DELAY) ? 1 + random.nextLong(maxDelayMillis) : 0;
  }

  /** Ends all faults. */
  void end() {
    ended = true;
  }

  boolean ended() {
    return ended;
  }

  @Override
  public String toString() {
    return perMille + " per mille, delays up to " + maxDelayMillis + " ms";
  }
}
