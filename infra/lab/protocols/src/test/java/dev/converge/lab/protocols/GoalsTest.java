package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.protocols.FinalState.Sums;
import dev.converge.lab.schedule.FaultKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Goal: a run that does not show what it must is reported. Method: one figure changed each. */
class GoalsTest {
  private static List<String> missed(ProtocolResult result) {
    return goals(result).stream().filter(goal -> !goal.met()).map(Goal::says).toList();
  }

  private static List<Goal> goals(ProtocolResult... results) {
    return Goals.of(SampleReport.PLAN, SampleReport.RATE, List.of(results));
  }

  private static ProtocolResult with(ProtocolResult result, FinalState finalState) {
    return ResultChange.of(result).finalState(finalState).result();
  }

  private static ProtocolResult with(ProtocolResult result, FaultResult fault) {
    return ResultChange.of(result)
        .faults(
            result.faults().stream()
                .map(other -> other.fault().equals(fault.fault()) ? fault : other)
                .toList())
        .result();
  }

  private static ProtocolResult with(
      ProtocolResult result, List<FaultResult> faults, List<ClientSecond> seconds) {
    return ResultChange.of(result).faults(faults).seconds(seconds).result();
  }

  private static FaultResult with(
      FaultResult fault, int completedMeanwhile, double consistentSeconds, int divergent) {
    return new FaultResult(
        fault.fault(),
        fault.plannedSeconds(),
        fault.atSeconds(),
        fault.healedSeconds(),
        fault.orders(),
        completedMeanwhile,
        fault.okShare(),
        fault.oldestInDoubtSeconds(),
        fault.atOrderSeconds(),
        fault.elsewhereSeconds(),
        fault.lockedBranches(),
        fault.blockedWriters(),
        fault.firstOkSeconds(),
        fault.clearSeconds(),
        consistentSeconds,
        divergent,
        fault.notInjected());
  }

  private static FaultResult killed(double oldest, int blocked, double okShare) {
    return killed(0.4, oldest, blocked, okShare);
  }

  private static FaultResult lateBy(double seconds) {
    return killed(seconds, 0, 0, 0.4);
  }

  private static FaultResult killed(double late, double oldest, int blocked, double okShare) {
    return new FaultResult(
        FaultKind.COORDINATOR_KILLED.id(),
        40,
        40 + late,
        52 + late,
        200,
        150,
        okShare,
        oldest,
        0,
        oldest,
        4,
        blocked,
        0.2,
        1.5,
        2.0,
        0,
        null);
  }

  @Test
  void everyProtocolThatDoesWhatItPromisesMeetsItsGoals() {
    assertThat(SampleReport.report().goals()).allMatch(Goal::met);
    assertThat(SampleReport.report().exitCode()).isZero();
  }

  @Test
  void divergentOrderOfAnExactProtocolIsReported() {
    for (CommitProtocol protocol : CommitProtocol.values()) {
      List<String> missed = missed(SampleReport.result(protocol, 1));
      assertThat(missed.isEmpty()).as(protocol.id()).isEqualTo(!protocol.isExact());
    }
  }

  @Test
  void faultThatDoesNotTouchTheMessagesOfTheSagaIsReported() {
    ProtocolResult saga = SampleReport.result(CommitProtocol.SAGA, 0);
    FaultResult partition = Objects.requireNonNull(saga.fault(FaultKind.PARTITION));

    assertThat(missed(with(saga, with(partition, 1, 2.0, 0))))
        .containsExactly(
            "no order that is placed during partition completes before its end, but all do then");
  }

  @Test
  void orderThatIsNotCutOffAtItsDecisionIsReported() {
    ProtocolResult result = SampleReport.result(CommitProtocol.THREE_PHASE, 3);
    MessageSequence cut = result.sequences().underCut();
    String goal = "the order under the cut is cut off at its decision, and diverges";
    assertThat(missed(withSequence(result, false, cut.outcome()))).containsExactly(goal);
    assertThat(missed(withSequence(result, true, "shipped, paid"))).containsExactly(goal);
  }

  private static ProtocolResult withSequence(ProtocolResult result, boolean isCut, String outcome) {
    MessageSequence cut = result.sequences().underCut();
    return ResultChange.of(result)
        .underCut(new MessageSequence(cut.orderId(), cut.answer(), isCut, outcome, cut.messages()))
        .result();
  }

  @Test
  void killThatCatchesNoTransactionOfTheCoordinatorIsReported() {
    ProtocolResult result = SampleReport.result(CommitProtocol.QUORUM, 0);
    assertThat(missed(with(result, killed(1.1, 7, 0.4))))
        .containsExactly(
            "branches are in doubt while only the coordinator is down, none for more than 3.5 s");
  }

  @Test
  void atomicCommitWithoutFracturedReadsIsReported() {
    ProtocolResult result = SampleReport.result(CommitProtocol.TWO_PHASE, 0);
    ProtocolResult whole =
        ResultChange.of(result).fractured(new FracturedReads.Count(1_000, 0, 0)).result();
    assertThat(missed(whole))
        .containsExactly(
            "even atomic commit has a window of inconsistency, and reads are fractured");
  }

  private static ProtocolResult with(ProtocolResult result, OrderServiceOutage outage) {
    return ResultChange.of(result).outage(outage).result();
  }

  @Test
  void branchesThatDoNotWaitForAnOrderServiceAsTheyMustAreReported() {
    ProtocolResult quorum = SampleReport.result(CommitProtocol.QUORUM, 0);
    String goal =
        "while no order-service is up, the order's branch waits for one, and no other for more than"
            + " 3.5 s";
    assertThat(missed(with(quorum, new OrderServiceOutage(8, 2.4, 2.4, 2.4, 0.1, 0, null))))
        .containsExactly(goal);
    assertThat(missed(with(quorum, new OrderServiceOutage(8, 12, 12, 2.4, 4.0, 0, null))))
        .containsExactly(goal);
    assertThat(missed(with(quorum, new OrderServiceOutage(8, 12, 2.4, 2.4, null, 0, null))))
        .containsExactly(goal);
    assertThat(
            missed(with(quorum, new OrderServiceOutage(8, 12, 2.4, 2.4, 4.0, 0, "nothing to hit"))))
        .containsExactly(goal);
    ProtocolResult twoPhase = SampleReport.result(CommitProtocol.TWO_PHASE, 0);
    assertThat(missed(with(twoPhase, new OrderServiceOutage(8, 0, 2.4, 12.0, 0.1, 0, null))))
        .containsExactly("while no order-service is up, the branches wait for one");
  }

  @Test
  void hotRowThatIsNotBlockedAsTheProtocolPromisesIsReported() {
    ProtocolResult twoPhase = SampleReport.result(CommitProtocol.TWO_PHASE, 0);
    assertThat(missed(with(twoPhase, new OrderServiceOutage(8, 0, 12.1, 0.1, 4.1, 0, null))))
        .containsExactly("while no order-service is up, the row of the hot item is blocked");
    ProtocolResult tcc = SampleReport.result(CommitProtocol.TCC, 0);
    assertThat(missed(with(tcc, new OrderServiceOutage(8, 0, 12.1, 12.0, 4.1, 0, null))))
        .containsExactly(
            "while no order-service is up, the row of the hot item is blocked for 1.0 s at most");
    ProtocolResult quorum = SampleReport.result(CommitProtocol.QUORUM, 0);
    assertThat(missed(with(quorum, new OrderServiceOutage(8, 12, 2.4, null, 4.0, 0, null))))
        .containsExactly(
            "while no order-service is up, the row of the hot item is blocked for 3.5 s at most");
  }

  @Test
  void controlThatDoesNotFailIsReported() {
    assertThat(missed(SampleReport.result(CommitProtocol.DUAL_WRITE, 0)))
        .containsExactly("orders diverge during each fault that breaks it");
    assertThat(missed(SampleReport.result(CommitProtocol.THREE_PHASE, 0)))
        .containsExactly("orders in flight during the partition diverge");
    assertThat(missed(SampleReport.result(CommitProtocol.THREE_PHASE_TERMINATION, 0))).isEmpty();
  }

  private static ProtocolResult onlyFaults(ProtocolResult result, FaultKind... kinds) {
    return ResultChange.of(result)
        .faults(
            result.faults().stream()
                .filter(fault -> List.of(kinds).contains(FaultKind.of(fault.fault())))
                .toList())
        .result();
  }

  @Test
  void controlMustFailInEachFaultThatBreaksIt() {
    ProtocolResult result = SampleReport.result(CommitProtocol.DUAL_WRITE, 3);
    assertThat(missed(with(result, killed(0, 0, 0.4))))
        .containsExactly("orders diverge during each fault that breaks it");
  }

  @Test
  void planThatDoesNotBreakTheControlIsTooWeak() {
    ProtocolResult result =
        onlyFaults(
            SampleReport.result(CommitProtocol.DUAL_WRITE, 0),
            FaultKind.ANSWERS_LOST,
            FaultKind.ZOMBIE);
    assertThat(goals(result))
        .anySatisfy(
            goal -> {
              assertThat(goal.says())
                  .isEqualTo("orders diverge: otherwise the schedule is too weak");
              assertThat(goal.found())
                  .endsWith("coordinator-killed, participant-killed, partition");
              assertThat(goal.met()).isFalse();
            });
  }

  @Test
  void divergenceOfAnotherFaultIsNoneOfThePartition() {
    ProtocolResult result = SampleReport.result(CommitProtocol.THREE_PHASE, 3);
    FaultResult cut = Objects.requireNonNull(result.fault(FaultKind.PARTITION));
    FaultResult whole = with(cut, cut.completedMeanwhile(), 2.0, 0);
    assertThat(missed(with(result, whole)))
        .containsExactly("orders in flight during the partition diverge");
  }

  @Test
  void faultThatIsLateIsReportedAsATooSlowMachine() {
    ProtocolResult result = SampleReport.result(CommitProtocol.TCC, 0);
    assertThat(goals(with(result, lateBy(1.6))).get(0).met()).isTrue();

    ProtocolResult tooLate = with(result, lateBy(2.4));
    assertThat(goals(tooLate).get(0).met()).isFalse();
    assertThat(goals(tooLate).get(0).found())
        .startsWith("at most 2.4 s off (coordinator-killed of tcc); 4,500 to 4,500 orders offered")
        .contains("The machine is too slow or too busy");
  }

  @Test
  void otherNumberOfOrdersIsReportedAsATooSlowMachine() {
    ProtocolResult result = SampleReport.result(CommitProtocol.TCC, 0);
    List<ClientSecond> longer = new ArrayList<>(result.seconds());
    longer.add(new ClientSecond(180, 1, 1, 0, 0, 0, 0));
    Goal goal =
        goals(SampleReport.result(CommitProtocol.SAGA, 0), with(result, result.faults(), longer))
            .get(0);
    assertThat(goal.met()).isFalse();
    assertThat(goal.found()).contains("4,500 to 4,501 orders offered");
  }

  @Test
  void runThatIsNeverQuiescentIsReported() {
    assertThat(
            missed(
                with(
                    SampleReport.result(CommitProtocol.DUAL_WRITE, 3),
                    SampleReport.finalState(3, null))))
        .containsExactly("once quiescent, nothing is in doubt, in progress or prepared");
  }

  @Test
  void moneyWithoutAnOrderIsReported() {
    FinalState rest =
        new FinalState(
            1.0,
            List.of(),
            1,
            1,
            Map.of(),
            List.of(),
            0,
            0,
            new Sums(10, 9, 0, 1, 1, 1_000, 800, 0, 100),
            List.of());
    assertThat(missed(with(SampleReport.result(CommitProtocol.TCC, 0), rest)))
        .containsExactly("stock and money are exact");
  }

  @Test
  void twoPhaseCommitMustBlock() {
    ProtocolResult result = SampleReport.result(CommitProtocol.TWO_PHASE, 0);
    assertThat(missed(with(result, killed(2.4, 7, 0.4))))
        .containsExactly("branches stay in doubt for as long as the coordinator is down");
  }

  @Test
  void quorumMustNotBlock() {
    ProtocolResult result = SampleReport.result(CommitProtocol.QUORUM, 0);
    assertThat(missed(with(result, killed(12, 7, 0.4)))).hasSize(1);
  }

  @Test
  void sagaMustAnswer() {
    ProtocolResult result = SampleReport.result(CommitProtocol.SAGA, 0);
    assertThat(missed(with(result, killed(0, 0, 0.98))))
        .containsExactly("answers 99 % with 2xx during coordinator-killed");
  }
}
