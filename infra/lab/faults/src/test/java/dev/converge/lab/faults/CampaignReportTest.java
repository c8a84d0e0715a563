package dev.converge.lab.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.converge.lab.checker.Books;
import dev.converge.lab.checker.ConstructedRun;
import dev.converge.lab.checker.Evidence;
import dev.converge.lab.history.ConcurrentBurst;
import dev.converge.testkit.Xml;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Goal: the verdict reports the violations, and the invariants that were not tried. Method:
 * constructed runs.
 */
class CampaignReportTest {
  private static final FaultSpec KILL = new FaultSpec("kill", "kafka", "kill", 0, 1, 8);
  private static final long BEGIN = 1_000_000;

  @Test
  void plannedRunWithoutAViolationPasses() {
    CampaignReport report = report(new ConstructedRun().evidence(), injected(1_500_000L), true);
    assertThat(report.holds()).isTrue();
    assertThat(report.complete()).isTrue();
    assertThat(report.exitCode()).isZero();
    assertThat(CampaignText.of(report))
        .contains("PASS: nothing was violated.", "power cut", "disk-full:order-db: no mount");
  }

  @Test
  void violationFailsAndShowsItsOrdersTimeline() {
    ConstructedRun run = new ConstructedRun();
    Evidence whole = run.evidence();
    Evidence broken =
        new Evidence(
            whole.run(),
            new Books(
                whole.books().order(),
                whole.books().inventory(),
                new Books.PaymentBook(whole.payments(), List.of(), whole.calls()),
                whole.books().messages()),
            whole.topicContents(),
            whole.traces(),
            whole.slotsWhenQuiescent(),
            true);
    CampaignReport report = report(broken, injected(1_500_000L), true);
    assertThat(report.exitCode()).isOne();
    assertThat(CampaignText.of(report))
        .contains(
            "FAIL: I7, I10, I11, I25.", "I10 violated", "StockShipped -> COMPLETED ship-stock");
  }

  @Test
  void untriedInvariantsAreReportedAndDoNotFailTheRun() {
    Evidence quiet = new ConstructedRun().withoutClockSteps().evidence();
    CampaignReport report = report(quiet, injected(1_500_000L), true);
    assertThat(report.exitCode()).isZero();
    assertThat(CampaignText.of(report))
        .contains("not tried: no clock was stepped", "nothing was violated. Not tried: I25.");
    assertThat(CampaignPage.of(report)).contains("<td>not tried: no clock was stepped</td>");
  }

  @Test
  void faultThatCouldNotBeInjectedFailsTheRunAndIsReported() {
    FaultRun run =
        new FaultRun(new PlannedFault(1, 0, KILL, 0), null, null, null, "kafka does not run", null);
    CampaignReport report = report(new ConstructedRun().evidence(), run, true);
    assertThat(report.exitCode()).isOne();
    assertThat(CampaignText.of(report))
        .contains("NOT INJECTED: kafka does not run", "0 of 1 faults injected");
  }

  @Test
  void faultThatWasNotHealedInTimeFailsTheRunAndIsReported() {
    FaultRun run =
        new FaultRun(
            new PlannedFault(1, 0, KILL, 100), 1_500_000L, 1_600_000L, 1_700_000L, null, "gone");
    CampaignReport report = report(new ConstructedRun().evidence(), run, true);
    assertThat(report.exitCode()).isOne();
    assertThat(CampaignText.of(report)).contains("NOT HEALED: gone", "1 not healed in time");
  }

  @Test
  void republicationsOfTheReconcilerAreDistinguishedFromOtherCopies() {
    ConstructedRun run = new ConstructedRun();
    run.loseAndPublishAgain();
    CampaignReport report = report(run.evidence(), injected(1_500_000L), true);
    // One is repeated in the constructed run, one was lost, one was never lost.
    assertThat(report.messages().duplicates()).isOne();
    assertThat(report.messages().republished()).isEqualTo(2);
    assertThat(report.messages().redundantCopies()).isOne();
    assertThat(report.messages().messages())
        .isEqualTo(new ConstructedRun().evidence().outbox().size());
  }

  @Test
  void faultThatMetNoOrderDoesNotCount() {
    CampaignReport report = report(new ConstructedRun().evidence(), injected(5_000_000L), true);
    assertThat(report.injected()).isOne();
    assertThat(report.counted()).isZero();
    assertThat(report.exitCode()).isOne();
  }

  @Test
  void recoveryIsTheFirstCompletionOfAnOrderPlacedAfterTheFault() {
    CampaignReport report = report(new ConstructedRun().evidence(), injected(1_000_400L), true);
    FaultOutcome fault = report.faults().outcomes().get(0);
    assertThat(fault.recovery().recoverySeconds()).isEqualTo(0.9996);
    assertThat(fault.overBound()).isFalse();
    assertThat(
            report(new ConstructedRun().evidence(), injected(1_500_000L), true)
                .faults()
                .outcomes()
                .get(0))
        .satisfies(never -> assertThat(never.recovery().recoverySeconds()).isNull())
        .satisfies(never -> assertThat(never.overBound()).isTrue());
  }

  @Test
  void recoveryThatTheNextFaultDisturbedMissesNoGoal() {
    Evidence evidence = new ConstructedRun().evidence();
    List<FaultOutcome> faults =
        FaultOutcome.of(
            List.of(injected(1_000_400L), injected(1_500_000L), injected(3_000_000L)),
            evidence,
            BEGIN);
    assertThat(faults)
        .extracting(fault -> fault.recovery().disturbed())
        .containsExactly(true, true, false);
    assertThat(faults).extracting(FaultOutcome::overBound).containsExactly(false, false, true);
  }

  @Test
  void faultAfterTheBoundDoesNotExcuseASlowRecovery() {
    List<FaultOutcome> faults =
        FaultOutcome.of(
            List.of(injected(1_500_000L), injected(600_000_000L)),
            new ConstructedRun().evidence(),
            BEGIN);
    assertThat(faults)
        .extracting(fault -> fault.recovery().disturbed())
        .containsExactly(false, false);
    assertThat(faults).extracting(FaultOutcome::overBound).containsExactly(true, true);
  }

  @Test
  void clientThatDidNotEndInOrderFailsTheRun() {
    CampaignReport report = report(new ConstructedRun().evidence(), injected(1_500_000L), false);
    assertThat(report.exitCode()).isOne();
    assertThat(CampaignText.of(report)).contains("the client did not end in order");
  }

  @Test
  void pageIsWellFormedAndHasABandPerFaultInEachPlot() {
    CampaignReport report = report(new ConstructedRun().evidence(), injected(1_500_000L), true);
    String page = CampaignPage.of(report);
    assertThat(Xml.texts(Xml.parse(page.replace("<!DOCTYPE html>", "")), "h2"))
        .contains("Invariants", "Goals", "Faults");
    assertThat(page.split("class=\"band kill\"", -1)).hasSize(4);
    assertThat(page).doesNotContain("http://localhost", "<script", "<link");
  }

  @Test
  void missedGoalIsReportedAndFailsNoRun() {
    CampaignReport report = report(new ConstructedRun().evidence(), injected(1_500_000L), true);
    assertThat(report.exitCode()).isZero();
    assertThat(CampaignText.of(report))
        .contains("met    quiescent within 60 s after the load and the last fault: 1.5 s")
        .contains("MISSED each recovery within its bound: 0 within it, 1 over it");
  }

  @Test
  void outcomeOfTheBurstIsReported() {
    ConstructedRun run = new ConstructedRun();
    for (int each = 0; each < 3; each++) {
      run.placeConcurrently(ConstructedRun.COMPLETED);
    }
    CampaignReport report = report(run.evidence(), injected(1_500_000L), true);
    assertThat(CampaignText.of(report))
        .contains(
            "met    3 concurrent requests with one key: one order, one answer:"
                + " 3 sent before the first was answered; 3 answered, 1 order, 1 answer",
            "met    2 orders of one unit each of an item of which there are 1: all of it is"
                + " shipped: 2 orders, 1 completed, 1 units shipped");
    run.placeConcurrently(ConstructedRun.DECLINED);
    assertThat(report(run.evidence(), injected(1_500_000L), true).orders().burst())
        .satisfies(burst -> assertThat(burst.isOneOrder()).isFalse())
        .satisfies(burst -> assertThat(burst.equal().equalOrders()).isEqualTo(2));
    assertThat(BurstOutcome.of(new ConcurrentBurst(3, 2, 2), new ConstructedRun().evidence()))
        .satisfies(burst -> assertThat(burst.isOneOrder()).isFalse())
        .satisfies(burst -> assertThat(burst.isSoldExactly()).isFalse());
  }

  @Test
  void verdictIsJson() throws Exception {
    CampaignReport report = report(new ConstructedRun().evidence(), injected(1_500_000L), true);
    var json = new ObjectMapper().readTree(new ObjectMapper().writeValueAsString(report));
    assertThat(json.path("holds").asBoolean()).isTrue();
    assertThat(json.path("goals").path(0).path("met").asBoolean()).isTrue();
    assertThat(json.path("results").size()).isGreaterThan(15);
    assertThat(json.path("faults").path(0).path("counts").asBoolean()).isTrue();
  }

  private static FaultRun injected(@Nullable Long at) {
    long came = at == null ? 0 : at;
    return new FaultRun(
        new PlannedFault(1, 0, KILL, 100), came, came + 100_000, came + 200_000, null, null);
  }

  private static CampaignReport report(Evidence evidence, FaultRun run, boolean clientEnded) {
    return CampaignReport.of(
        new Campaign.Settings(
            7, Duration.ofSeconds(2), 1, List.of(), 20, new ConcurrentBurst(3, 1, 2)),
        evidence,
        FaultOutcome.of(List.of(run), evidence, BEGIN),
        new CampaignReport.Course(
            BEGIN,
            BEGIN + 2_000_000,
            clientEnded,
            new CampaignReport.Ending(
                1.5, null, new AuditWatch.Observed(7, List.of(), List.of()), 0),
            List.of("disk-full:order-db: no mount")));
  }
}
