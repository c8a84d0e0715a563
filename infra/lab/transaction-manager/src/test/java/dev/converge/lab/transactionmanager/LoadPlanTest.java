package dev.converge.lab.transactionmanager;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.schedule.FaultKind;
import dev.converge.lab.schedule.FaultPlan;
import dev.converge.lab.transactionmanager.LoadPlan.Planned;
import dev.converge.lab.transactionmanager.LoadResult.FinalState;
import dev.converge.lab.transactionmanager.LoadResult.Injected;
import dev.converge.lab.transactionmanager.LoadResult.Sample;
import dev.converge.lab.transactionmanager.LoadResult.Second;
import dev.converge.lab.transactionmanager.LoadResult.Settings;
import dev.converge.testkit.Seed;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The plan of the run under load, and the figures of its report. */
class LoadPlanTest {
  private static final int SEEDS = 100;
  private static final int MAX_RESTART_MILLIS = 15_000;

  @Test
  void faultsFollowEachOtherWithPausesAndTheSameSeedGivesTheSamePlan() {
    Seed.forEach(
        SEEDS,
        seed -> {
          LoadPlan plan = LoadPlan.of(seed, FaultPlan.USUAL_RESTART);
          assertThat(LoadPlan.of(seed, FaultPlan.USUAL_RESTART)).isEqualTo(plan);
          assertThat(plan.faults().stream().map(Planned::fault))
              .containsExactly(LoadFault.values());
          long free = 0;
          for (Planned fault : plan.faults()) {
            assertThat(fault.atMillis()).isGreaterThanOrEqualTo(free);
            free = fault.endMillis();
          }
          assertThat(plan.lengthMillis()).isGreaterThan(free);
        });
  }

  @Test
  void faultsOfTheScheduleHaveTheTimesThatTheyHaveForTheProtocols() {
    Seed.forEach(
        SEEDS,
        seed -> {
          Duration restart = Duration.ofMillis(Math.floorMod(seed, MAX_RESTART_MILLIS));
          Map<LoadFault, Planned> planned =
              LoadPlan.of(seed, restart).faults().stream()
                  .collect(Collectors.toMap(Planned::fault, fault -> fault));
          FaultPlan shared =
              FaultPlan.of(seed, FaultPlan.USUAL, List.of(FaultKind.values())).allowing(restart);
          for (FaultPlan.Planned fault : shared.faults()) {
            LoadFault.of(fault.kind())
                .ifPresent(
                    same ->
                        assertThat(planned.get(same))
                            .isEqualTo(new Planned(same, fault.atMillis(), fault.holdMillis())));
          }
        });
  }

  @Test
  void eachFaultOfTheScheduleIsInjectedOrThePageSaysWhyItIsNot() throws IOException {
    LoadPlan plan = LoadPlan.of(7, FaultPlan.USUAL_RESTART);
    String page = LoadPage.of(result(plan)).html();
    for (FaultKind kind : FaultKind.values()) {
      boolean isInjected = plan.faults().stream().anyMatch(of -> of.fault().id().equals(kind.id()));
      assertThat(isInjected || page.contains(kind.id() + ", not injected: "))
          .as(kind.id())
          .isTrue();
    }
    assertThat(page).contains("broker-down, not injected: ").contains("zombie, in part: ");
  }

  private static LoadResult result(LoadPlan plan) {
    return new LoadResult(
        new Settings(7, 20, 0.2, 6),
        plan,
        List.of(new Second(0, 20, 20, 0, 0), new Second(1, 20, 9, 10, 1)),
        List.of(new Injected(LoadFault.PARTITION, 500, 1_500, true)),
        List.of(new Sample(400, 0, 0), new Sample(1_400, 2, 900)),
        new FinalState(-1, 29, 1, 0, 0, 1, true));
  }

  /** The faults that only a transaction manager has follow the schedule, and are not compared. */
  @Test
  void figuresBesideTheProtocolsAreOfTheSharedScheduleAlone() throws IOException {
    LoadPlan shared = LoadPlan.of(7, FaultPlan.USUAL_RESTART);
    LoadPlan plan = new LoadPlan(7, 2_000, 4_000, shared.faults(), shared.limits());
    LoadResult result =
        new LoadResult(
            new Settings(7, 20, 0.2, 6),
            plan,
            List.of(
                new Second(0, 20, 20, 0, 0),
                new Second(1, 20, 9, 10, 1),
                new Second(2, 20, 0, 20, 0)),
            List.of(new Injected(LoadFault.PARTITION, 1_000, 2_100, true)),
            List.of(
                new Sample(0, 0, 0),
                new Sample(1_000, 4, 500),
                new Sample(2_000, 4, 1_500),
                new Sample(3_000, 4, 2_500)),
            new FinalState(1, 29, 0, 0, 0, 0, true));

    LoadResult.UnderTheSchedule of = result.underTheSchedule();
    assertThat(of).isEqualTo(new LoadResult.UnderTheSchedule(40, 29, 1, 1.5, 2, 2.0));
    assertThat(of.okShare()).isEqualTo(0.725);
    assertThat(result.okShare(result.injected().get(0))).isEqualTo(0.45);
    assertThat(plan.scheduleMillis()).isLessThan(plan.lengthMillis());
    assertThat(shared.scheduleMillis()).isEqualTo(FaultPlan.USUAL.toMillis());
    assertThat(LoadPage.of(result).json()).contains("\"okShare\" : 0.725");
    assertThat(LoadPage.of(result).html()).contains("In doubt, each branch", "2 s of 2", "72.5 %");
  }

  @Test
  void reportHasTheFiguresOfTheRun() throws IOException {
    LoadResult result = result(LoadPlan.of(7, FaultPlan.USUAL_RESTART));

    assertThat(result.unavailableSeconds()).isEqualTo(1);
    assertThat(result.oldestMillis(500, 1_500)).isEqualTo(900);
    assertThat(LoadPage.of(result).text())
        .contains("partition")
        .contains("oldest in doubt 0.9 s")
        .contains("1 diverge (1 shipped, not paid; 0 paid, not shipped)")
        .contains("1 branches left prepared; sums exact; 1 s unavailable; not quiescent");
    assertThat(LoadPage.of(result).json()).contains("\"shippedNotPaid\" : 1");
  }
}
