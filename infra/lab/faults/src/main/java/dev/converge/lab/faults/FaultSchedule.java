package dev.converge.lab.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** The times of the faults. Pure: the same seed and specs give the same schedule. */
final class FaultSchedule {
  private FaultSchedule() {}

  /**
   * Faults one after another, spread over the time. The specs are shuffled and taken in turn: none
   * is repeated before all were used.
   *
   * @param spanMillis the length of the load
   * @throws IllegalArgumentException if faults are planned and there are no specs
   */
  static List<PlannedFault> of(long seed, List<FaultSpec> specs, int faults, long spanMillis) {
    if (faults > 0 && specs.isEmpty()) {
      throw new IllegalArgumentException("no fault to choose from");
    }
    SplittableRandom random = new SplittableRandom(seed);
    List<FaultSpec> left = new ArrayList<>();
    List<PlannedFault> schedule = new ArrayList<>(faults);
    long slot = faults == 0 ? spanMillis : Math.max(1, spanMillis / faults);
    for (int number = 0; number < faults; number++) {
      if (left.isEmpty()) {
        left.addAll(specs);
      }
      FaultSpec spec = left.remove(random.nextInt(left.size()));
      long hold =
          spec.minHoldMillis()
              + random.nextLong(spec.maxHoldMillis() - (long) spec.minHoldMillis() + 1);
      // Within the first half of its share of the time: the second half is for the recovery.
      long at = number * slot + random.nextLong(slot / 2 + 1);
      schedule.add(new PlannedFault(number + 1, at, spec, hold));
    }
    return schedule;
  }
}
