package dev.converge.lab.bench;

import dev.converge.lab.load.LoadPlan;
import dev.converge.lab.load.LoadResult;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Adds steps up to one, with the most memory and lag of any. */
final class Totals {
  private @Nullable LoadResult load;
  private Snapshot counters = Snapshot.zero();
  private long mostLagBytes;
  private Map<String, Long> mostResidentMiB = Map.of();

  void add(LoadResult result, Snapshot before, Snapshot after, StepReport step) {
    load = load == null ? result : load.plus(result);
    counters = counters.grownBy(before, after);
    mostLagBytes = Math.max(mostLagBytes, step.course().outboxLagBytes());
    if (step.course().totalResidentMiB() > Wording.sum(mostResidentMiB)) {
      mostResidentMiB = step.course().residentMiB();
    }
  }

  /** All steps taken together; null before the first. */
  @Nullable StepReport step() {
    LoadResult all = load;
    return all == null
        ? null
        : StepReport.of(
            LoadPlan.open("in total", all.offeredPerSecond(), (long) (all.seconds() * 1_000)),
            all,
            Snapshot.zero(),
            counters,
            new StepReport.Course(true, List.of(), mostLagBytes, mostResidentMiB));
  }
}
