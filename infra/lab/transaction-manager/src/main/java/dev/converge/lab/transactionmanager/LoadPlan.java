package dev.converge.lab.transactionmanager;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The times of the faults under load. Pure: the same seed gives the same plan.
 *
 * @param lengthMillis of the load
 */
public record LoadPlan(long seed, long lengthMillis, List<Planned> faults) {
  private static final int BASELINE_MILLIS = 12_000;

  /** The share of a rest by which its length may differ, in either direction. */
  private static final double JITTER = 0.2;

  public LoadPlan {
    faults = List.copyOf(faults);
  }

  /**
   * A fault.
   *
   * @param fault its name
   * @param atMillis since the load began
   */
  public record Planned(LoadFault fault, long atMillis, long holdMillis) {}

  /** All faults, in their order; the pauses after them vary with the seed. */
  static LoadPlan of(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Planned> faults = new ArrayList<>();
    long at = BASELINE_MILLIS;
    for (LoadFault fault : LoadFault.values()) {
      long hold = fault.holdSeconds() * 1_000L;
      faults.add(new Planned(fault, at, hold));
      double vary = 1 - JITTER + 2 * JITTER * random.nextDouble();
      at += hold + Math.round(fault.restSeconds() * 1_000L * vary);
    }
    return new LoadPlan(seed, at, faults);
  }
}
