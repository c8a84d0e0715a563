package dev.converge.lab.protocols;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.converge.lab.schedule.FaultPlan;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a run; everything that the page shows.
 *
 * @param brokenOff why the run ended before its end; null if it did not
 */
record ProtocolReport(
    Settings settings,
    FaultPlan plan,
    Machine machine,
    double tookSeconds,
    List<ProtocolResult> protocols,
    List<Goal> goals,
    @Nullable String brokenOff) {
  ProtocolReport {
    protocols = List.copyOf(protocols);
    goals = List.copyOf(goals);
  }

  /**
   * The settings of a run.
   *
   * @param hotShare of the orders that are for one item
   * @param quick whether the schedule and the searches are short
   */
  record Settings(
      long seed, List<String> protocols, double ordersPerSecond, double hotShare, boolean quick) {
    /** The same with another rate. */
    Settings at(double otherRate) {
      return new Settings(seed, protocols, otherRate, hotShare, quick);
    }

    /**
     * The seed of one load, the same for each protocol.
     *
     * @param purpose distinguishes the loads of a protocol, so that their orders have other keys
     */
    long seed(int purpose) {
      return seed * 31 + purpose;
    }
  }

  /** The machine of a run. */
  record Machine(int cores, long memoryMiB, String os, String java) {}

  /** Whether all protocols were measured and kept what they promise. */
  @JsonProperty
  boolean passes() {
    return brokenOff == null && goals.stream().allMatch(Goal::met);
  }

  int exitCode() {
    return passes() ? 0 : 1;
  }
}
