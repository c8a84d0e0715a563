package dev.converge.lab.checker;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Observations of a run: sums and resources that were sampled, and when faults disturbed it.
 *
 * @param firstFaultMicros when the first fault was injected; null if none was
 * @param undisturbedMicros when the last fault was healed
 * @param droppedBefore spans that had been refused and dropped by then
 */
public record Observations(
    List<Balance> balances,
    List<ResourceSample> resourceSamples,
    @Nullable Long firstFaultMicros,
    long undisturbedMicros,
    long droppedBefore,
    List<ClockStep> clockSteps) {
  static final Observations NONE = new Observations(List.of(), List.of(), null, 0, 0, List.of());

  /** Two sums over different rows, taken in one snapshot, that must be the same in any. */
  public record Balance(long atMicros, String book, long one, long other) {}

  /**
   * The resources of a process; null if they cannot be measured here.
   *
   * @param whenQuiescent whether it was sampled at the end; otherwise, once it had warmed up
   * @param liveBytes of its heap, after a collection
   */
  public record ResourceSample(
      String service,
      long pid,
      boolean whenQuiescent,
      @Nullable Long threads,
      @Nullable Long descriptors,
      @Nullable Long connections,
      @Nullable Long liveBytes) {}

  /** A clock was changed while the run went on. */
  public record ClockStep(String whose, long atMicros) {}
}
