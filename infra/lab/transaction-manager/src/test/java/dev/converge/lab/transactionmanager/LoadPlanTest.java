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
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The plan of the run under load, and the figures of its report. */
class LoadPlanTest {
  private static final int SEEDS = 100;

  @Test
  void faultsFollowEachOtherWithPausesAndTheSameSeedGivesTheSamePlan() {
    Seed.forEach(
        SEEDS,
        seed -> {
          LoadPlan plan = LoadPlan.of(seed);
          assertThat(LoadPlan.of(seed)).isEqualTo(plan);
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
          Map<LoadFault, Planned> planned =
              LoadPlan.of(seed).faults().stream()
                  .collect(Collectors.toMap(Planned::fault, fault -> fault));
          FaultPlan shared = FaultPlan.of(seed, FaultPlan.USUAL, List.of(FaultKind.values()));
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
    LoadPlan plan = LoadPlan.of(7);
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
        new Settings(7, 20, 0.2),
        plan,
        List.of(new Second(0, 20, 20, 0, 0), new Second(1, 20, 9, 10, 1)),
        List.of(new Injected(LoadFault.PARTITION, 500, 1_500, true)),
        List.of(new Sample(400, 0, 0), new Sample(1_400, 2, 900)),
        new FinalState(-1, 29, 1, 0, 0, 1, true));
  }

  @Test
  void reportHasTheFiguresOfTheRun() throws IOException {
    LoadResult result = result(LoadPlan.of(7));

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
