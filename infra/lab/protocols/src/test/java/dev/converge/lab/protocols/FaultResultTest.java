package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.converge.lab.protocols.FaultResult.Course;
import dev.converge.lab.protocols.FaultResult.Effect;
import dev.converge.lab.protocols.FaultResult.Injected;
import dev.converge.lab.protocols.InDoubtSample.Branch;
import dev.converge.lab.protocols.InDoubtSample.DatabaseSample;
import dev.converge.lab.schedule.FaultKind;
import dev.converge.lab.schedule.FaultPlan.Planned;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Goal: recovery is measured from the healing of a fault. Method: a run in four numbers. */
class FaultResultTest {
  private static final Injected KILLED =
      new Injected(new Planned(FaultKind.COORDINATOR_KILLED, 900, 4_000), 1_000, 5_000, null);

  private static InDoubtSeries ages(double... oldest) {
    List<InDoubtSample> samples = new ArrayList<>();
    for (int second = 0; second < oldest.length; second++) {
      List<Branch> branches =
          oldest[second] == 0 ? List.of() : List.of(new Branch("g", oldest[second], true));
      samples.add(
          new InDoubtSample(
              second * 1_000.0, Map.of("payment", new DatabaseSample(branches, second, 0))));
    }
    return InDoubtSeries.of(samples);
  }

  private static OrderAttempt attempt(double intended, int status) {
    return new OrderAttempt("key", intended, intended + 10, status, 1, null, null);
  }

  private static FaultResult result(@Nullable Double lastEffect) {
    Course course =
        new Course(
            List.of(
                attempt(500, 201), attempt(2_000, 503), attempt(3_000, 202), attempt(5_500, 201)),
            ages(0, 0, 1_000, 2_000, 3_000, 4_000, 5_000, 0, 0),
            List.of(new Effect(500, 510.0, 600.0), new Effect(3_000, 3_010.0, lastEffect)));
    return FaultResult.of(List.of(KILLED), course, 8_000).get(0);
  }

  private static FaultResult with(Effect... effects) {
    Course course = new Course(List.of(), ages(0), List.of(effects));
    return FaultResult.of(List.of(KILLED), course, 8_000).get(0);
  }

  @Test
  void recoveryIsFromTheHealing() {
    FaultResult result = result(6_250.0);
    assertThat(result.okShare()).isEqualTo(0.5);
    assertThat(result.oldestInDoubtSeconds()).isEqualTo(5.0);
    assertThat(result.lockedBranches()).isEqualTo(1);
    assertThat(result.blockedWriters()).isEqualTo(5);
    assertThat(result.firstOkSeconds()).isEqualTo(0.51);
    assertThat(result.clearSeconds()).isEqualTo(2.0);
    assertThat(result.consistentSeconds()).isEqualTo(1.25);
  }

  @Test
  void ordersThatCompleteDuringTheFaultAreThoseThatWerePlacedDuringIt() {
    assertThat(
            with(
                    new Effect(500, 510.0, 1_500.0),
                    new Effect(2_000, 2_010.0, 4_999.0),
                    new Effect(3_000, 3_010.0, 5_001.0),
                    new Effect(3_500, 3_510.0, null))
                .completedMeanwhile())
        .isEqualTo(1);
  }

  @Test
  void plannedAndActualTimeAreReported() {
    FaultResult result = result(6_250.0);
    assertThat(result.plannedSeconds()).isEqualTo(0.9);
    assertThat(result.atSeconds()).isEqualTo(1.0);
    assertThat(result.offBySeconds()).isCloseTo(0.1, within(1e-6));
  }

  @Test
  void divergentOrderNeverBecomesConsistent() {
    assertThat(result(null).consistentSeconds()).isNull();
    assertThat(result(null).divergentOrders()).isEqualTo(1);
    assertThat(result(6_250.0).divergentOrders()).isZero();
  }

  @Test
  void orderInFlightAtTheBeginIsOfTheFault() {
    FaultResult answeredDuring = with(new Effect(900, 1_200.0, null));
    assertThat(answeredDuring.consistentSeconds()).isNull();
    assertThat(answeredDuring.divergentOrders()).isEqualTo(1);
    assertThat(with(new Effect(900, null, null)).divergentOrders()).isEqualTo(1);
    // A saga is answered long before its last effect.
    assertThat(with(new Effect(900, 950.0, 7_000.0)).consistentSeconds()).isEqualTo(2.0);
  }

  @Test
  void orderBeforeOrAfterTheFaultIsNotOfIt() {
    FaultResult result = with(new Effect(900, 950.0, null), new Effect(5_000, 5_100.0, null));
    assertThat(result.divergentOrders()).isZero();
    assertThat(result.consistentSeconds()).isZero();
  }
}
