package dev.converge.lab.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.lab.schedule.FaultPlan.Planned;
import dev.converge.testkit.Seed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Goal: faults are spread over the load and do not overlap. Method: seeded plans. */
class FaultPlanTest {
  private static final List<FaultKind> ALL = List.of(FaultKind.values());

  @Test
  void standardScheduleTakesThreeMinutes() {
    assertThat(FaultPlan.standardSeconds()).isBetween(170, 190);
  }

  @Test
  void sameSeedGivesTheSamePlanAndAnotherSeedOtherOffsets() {
    Duration length = Duration.ofMinutes(3);
    assertThat(FaultPlan.of(1, length, ALL)).isEqualTo(FaultPlan.of(1, length, ALL));
    assertThat(FaultPlan.of(1, length, ALL).faults())
        .isNotEqualTo(FaultPlan.of(2, length, ALL).faults());
  }

  @Test
  void faultsKeepTheirOrderAndNeverOverlap() {
    Seed.forEach(
        200,
        seed -> {
          Random random = new Random(seed);
          List<FaultKind> kinds = new ArrayList<>(ALL);
          Collections.shuffle(kinds, random);
          Duration length = FaultPlan.shortest(kinds).plusMillis(random.nextInt(300_000));
          FaultPlan plan = FaultPlan.of(seed, length, kinds);

          assertThat(plan.faults()).extracting(Planned::kind).containsExactlyElementsOf(kinds);
          long free = plan.baselineMillis();
          assertThat(free).isPositive();
          for (Planned planned : plan.faults()) {
            assertThat(planned.atMillis()).isGreaterThanOrEqualTo(free);
            assertThat(planned.holdMillis())
                .isGreaterThanOrEqualTo(planned.kind().leastHoldSeconds() * 1_000L);
            free = planned.endMillis() + planned.kind().leastRestSeconds() * 1_000L;
          }
          assertThat(free).isLessThan(length.toMillis());
        });
  }

  @Test
  void killedPartHasTimeToStartBeforeTheNextFault() {
    assertThat(FaultKind.COORDINATOR_KILLED.leastRestSeconds()).isPositive();
    assertThat(FaultKind.PARTICIPANT_KILLED.leastRestSeconds()).isPositive();
    assertThat(FaultPlan.shortest(ALL)).isBetween(Duration.ofSeconds(32), Duration.ofSeconds(40));
  }

  @Test
  void slowMachineHasLongerPausesAfterKillsAlone() {
    FaultPlan plan = FaultPlan.of(3, FaultPlan.USUAL, ALL);
    assertThat(plan.allowing(FaultPlan.USUAL_RESTART)).isEqualTo(plan);

    FaultPlan slow = plan.allowing(FaultPlan.USUAL_RESTART.plusSeconds(4));

    assertThat(slow.lengthMillis()).isEqualTo(plan.lengthMillis() + 48_000);
    assertThat(slow.faults().get(0)).isEqualTo(plan.faults().get(0));
    assertThat(slow.faults().get(1).atMillis()).isEqualTo(plan.faults().get(1).atMillis() + 24_000);
    for (int fault = 2; fault < ALL.size(); fault++) {
      assertThat(slow.faults().get(fault).atMillis())
          .isEqualTo(plan.faults().get(fault).atMillis() + 48_000);
      assertThat(slow.faults().get(fault).holdMillis())
          .isEqualTo(plan.faults().get(fault).holdMillis());
    }
  }

  @Test
  void tooShortALoadIsRefused() {
    assertThatThrownBy(() -> FaultPlan.of(1, FaultPlan.shortest(ALL).minusMillis(100), ALL))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("too short");
  }

  @Test
  void planWithoutFaultsIsAllBaseline() {
    FaultPlan plan = FaultPlan.of(1, Duration.ofSeconds(10), List.of());
    assertThat(plan.baselineMillis()).isEqualTo(10_000);
  }
}
