package dev.converge.lab.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.testkit.Seed;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Goal: a seed repeats a schedule. Method: schedules of random seeds. */
class FaultScheduleTest {
  private static final List<FaultSpec> CELLS =
      IntStream.range(0, 12)
          .mapToObj(at -> new FaultSpec("fault", "part-" + at, "kill", 100 * at, 200 * at + 10, 10))
          .toList();
  private static final long SPAN = 60_000;

  @Test
  void sameSeedGivesTheSameSchedule() {
    Seed.forEach(
        20,
        seed ->
            assertThat(FaultSchedule.of(seed, CELLS, 40, SPAN))
                .isEqualTo(FaultSchedule.of(seed, CELLS, 40, SPAN)));
  }

  @Test
  void anotherSeedGivesAnother() {
    Seed.forEach(
        20,
        seed ->
            assertThat(FaultSchedule.of(seed, CELLS, 40, SPAN))
                .isNotEqualTo(FaultSchedule.of(seed + 1, CELLS, 40, SPAN)));
  }

  @Test
  void faultsAlternateWithinTheLoadAndAreHeldWithinTheirBounds() {
    Seed.forEach(
        20,
        seed -> {
          List<PlannedFault> schedule = FaultSchedule.of(seed, CELLS, 40, SPAN);
          assertThat(schedule).hasSize(40).extracting(PlannedFault::atMillis).isSorted();
          assertThat(schedule)
              .allSatisfy(
                  planned -> {
                    assertThat(planned.atMillis()).isBetween(0L, SPAN);
                    assertThat(planned.holdMillis())
                        .isBetween(
                            (long) planned.spec().minHoldMillis(),
                            (long) planned.spec().maxHoldMillis());
                  });
        });
  }

  @Test
  void noFaultRepeatsBeforeEachHasOccurredOnce() {
    Seed.forEach(
        20,
        seed -> {
          List<PlannedFault> schedule = FaultSchedule.of(seed, CELLS, CELLS.size() * 2, SPAN);
          assertThat(new HashSet<>(specs(schedule.subList(0, CELLS.size())))).hasSize(CELLS.size());
          assertThat(new HashSet<>(specs(schedule.subList(CELLS.size(), schedule.size()))))
              .hasSize(CELLS.size());
        });
  }

  private static List<FaultSpec> specs(List<PlannedFault> schedule) {
    return schedule.stream().map(PlannedFault::spec).toList();
  }

  @Test
  void twentyMinutesHaveMoreThanAHundredFaults() {
    assertThat(Faults.planned(20)).isEqualTo(110);
    assertThat(Faults.planned(5)).isEqualTo(28);
  }

  @Test
  void noFaultsNeedNoSpecs() {
    assertThat(FaultSchedule.of(1, List.of(), 0, SPAN)).isEmpty();
    assertThatThrownBy(() -> FaultSchedule.of(1, List.of(), 1, SPAN))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
