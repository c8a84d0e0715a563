package dev.converge.lab.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.converge.lab.history.ConcurrentBurst;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: the verdict reports which goals were met, and which were missed. Method: constructed
 * reports.
 */
class GoalTest {
  private static final List<FirstAttempts> ALL_BUT_ONE =
      List.of(
          new FirstAttempts("kafka", 1_000, 999),
          new FirstAttempts("order-db", 50, 0),
          new FirstAttempts(FirstAttempts.NONE, 90, 0));
  private static final List<FirstAttempts> ALL_BUT_TWO =
      List.of(new FirstAttempts("kafka", 1_000, 998));
  private static final ConcurrentBurst CROWD = new ConcurrentBurst(9, 3, 5);
  private static final BurstOutcome FAIR =
      new BurstOutcome(
          CROWD, new BurstOutcome.Equal(9, 9, 1, 1), new BurstOutcome.Contended(5, 3, 3));
  private static final AuditWatch.Observed NO_FINDING =
      new AuditWatch.Observed(9, List.of(), List.of());
  private static final AuditWatch.Observed FINDING =
      new AuditWatch.Observed(9, List.of("payment-service: payments-not-as-orders: 17"), List.of());
  private static final BurstOutcome UNFAIR =
      new BurstOutcome(
          CROWD, new BurstOutcome.Equal(9, 9, 2, 1), new BurstOutcome.Contended(5, 3, 4));

  @Test
  void longRunThatReachesEveryTargetMeetsEachGoal() {
    List<FaultOutcome> faults = Collections.nCopies(100, fault(5, 3.0));
    assertThat(Goal.of(report(1_200, 10_000, faults, 60.0, ALL_BUT_ONE)))
        .hasSize(8)
        .allSatisfy(goal -> assertThat(goal.met()).as(goal.says()).isTrue());
  }

  @Test
  void longRunThatNarrowlyFailsEveryTargetMissesEachGoal() {
    List<FaultOutcome> faults = Collections.nCopies(99, fault(5, 9.1));
    assertThat(Goal.of(report(1_200, 9_999, faults, 60.1, null, ALL_BUT_TWO, UNFAIR)))
        .hasSize(8)
        .allSatisfy(goal -> assertThat(goal.met()).as(goal.says()).isFalse());
  }

  @Test
  void shortRunHasNoGoalOfSize() {
    assertThat(Goal.of(report(300, 10, List.of(fault(5, 3.0)), 2.0, ALL_BUT_ONE)))
        .extracting(Goal::says)
        .hasSize(6)
        .noneMatch(says -> says.contains("at least"));
  }

  @Test
  void runWithoutFaultsHasNoGoalForFaults() {
    assertThat(Goal.of(report(300, 10, List.of(), null, List.of())))
        .extracting(Goal::says, Goal::found, Goal::met)
        .hasSize(4)
        .startsWith(
            tuple("quiescent within 60 s after the load and the last fault", "never", false));
  }

  @Test
  void afterALossThePlatformIsNotQuiescentBeforeTheReconcilersCompared() {
    assertThat(Goal.of(report(300, 10, List.of(), 3.0, 60.1, List.of())))
        .contains(
            new Goal(
                "quiescent within 60 s after the load and the last fault",
                "3.0 s, with all compared by the reconcilers 60.1 s",
                false));
    assertThat(Goal.of(report(300, 10, List.of(), 3.0, 59.9, List.of()))).allMatch(Goal::met);
  }

  @Test
  void faultThatMetNoOrderDoesNotCount() {
    List<FaultOutcome> faults = Collections.nCopies(100, fault(0, 3.0));
    assertThat(Goal.of(report(1_200, 10_000, faults, 1.0, ALL_BUT_ONE)))
        .filteredOn(goal -> !goal.met())
        .containsExactly(new Goal("at least 100 faults with orders in flight", "0", false));
  }

  // Held for a second, with 8 s to recover.
  private static FaultOutcome fault(long inFlight, double recovery) {
    return new FaultOutcome(
        1,
        new FaultOutcome.Target("kill", "kafka", "kill"),
        new FaultOutcome.Injection(10.0, 1.0, 11.0, null, null),
        new FaultOutcome.Recovery(inFlight, recovery, 8, false));
  }

  private static CampaignReport report(
      double seconds,
      long orders,
      List<FaultOutcome> faults,
      @Nullable Double quiescent,
      List<FirstAttempts> tries) {
    return report(seconds, orders, faults, quiescent, null, tries);
  }

  private static CampaignReport report(
      double seconds,
      long orders,
      List<FaultOutcome> faults,
      @Nullable Double quiescent,
      @Nullable Double reconciled,
      List<FirstAttempts> tries) {
    return report(seconds, orders, faults, quiescent, reconciled, tries, FAIR);
  }

  private static CampaignReport report(
      double seconds,
      long orders,
      List<FaultOutcome> faults,
      @Nullable Double quiescent,
      @Nullable Double reconciled,
      List<FirstAttempts> tries,
      BurstOutcome burst) {
    return new CampaignReport(
        new CampaignReport.Load(7, 20, seconds, faults.size(), Map.of()),
        new CampaignOrders(
            new CampaignOrders.Client(orders, orders, 0, 1, 1, true),
            burst,
            Map.of("COMPLETED", orders),
            List.of()),
        new CampaignMessages(0, 0, 0, 0),
        new CampaignFaults(faults, tries, List.of(), List.of()),
        new CampaignReport.Verdict(List.of(), List.of()),
        new CampaignReport.Ending(
            quiescent, reconciled, burst.equals(FAIR) ? NO_FINDING : FINDING, 0));
  }
}
