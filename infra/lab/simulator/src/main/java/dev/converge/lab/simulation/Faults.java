package dev.converge.lab.simulation;

import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The mix of one seed: about half of the faults, each at a rate of its own. A mix of all faults at
 * once would hide what shows only without some of them (A. Groce and others, "Swarm testing",
 * 2012).
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

  /** Whether the fault strikes here and now. */
  boolean strikes(Fault fault) {
    return !ended && random.nextInt(1_000) < perMille.getOrDefault(fault, 0);
  }

  /** How long something takes, in milliseconds: next to nothing, mostly. */
  long delayMillis() {
    return strikes(Fault.DELAY) ? 1 + random.nextLong(maxDelayMillis) : 0;
  }

  /** From now on nothing goes wrong any more. */
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
