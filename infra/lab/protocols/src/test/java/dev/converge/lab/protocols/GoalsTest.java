package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.protocols.FinalState.Sums;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Goal: a run that does not show what it must is reported. Method: one figure changed each. */
class GoalsTest {
  private static List<String> missed(ProtocolResult result) {
    return Goals.of(SampleReport.PLAN, List.of(result)).stream()
        .filter(goal -> !goal.met())
        .map(Goal::says)
        .toList();
  }

  private static ProtocolResult with(ProtocolResult result, FinalState finalState) {
    return new ProtocolResult(
        result.protocol(),
        result.promises(),
        result.undisturbed(),
        result.seconds(),
        result.requestsRepeated(),
        result.faults(),
        result.inDoubt(),
        result.window(),
        result.windowPoints(),
        result.fractured(),
        finalState,
        result.contention(),
        result.delay(),
        result.sequences());
  }

  private static ProtocolResult with(ProtocolResult result, FaultResult fault) {
    return new ProtocolResult(
        result.protocol(),
        result.promises(),
        result.undisturbed(),
        result.seconds(),
        result.requestsRepeated(),
        result.faults().stream()
            .map(other -> other.fault().equals(fault.fault()) ? fault : other)
            .toList(),
        result.inDoubt(),
        result.window(),
        result.windowPoints(),
        result.fractured(),
        result.finalState(),
        result.contention(),
        result.delay(),
        result.sequences());
  }

  private static FaultResult killed(double oldest, int blocked, double okShare) {
    return new FaultResult(
        FaultKind.COORDINATOR_KILLED.id(),
        40,
        52,
        200,
        okShare,
        oldest,
        4,
        blocked,
        0.2,
        1.5,
        2.0,
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
  void controlThatDoesNotFailIsReported() {
    assertThat(missed(SampleReport.result(CommitProtocol.DUAL_WRITE, 0)))
        .containsExactly("orders diverge: the schedule is strong enough");
    assertThat(missed(SampleReport.result(CommitProtocol.THREE_PHASE, 0)))
        .containsExactly("orders diverge in the partition");
    assertThat(missed(SampleReport.result(CommitProtocol.THREE_PHASE_TERMINATION, 0))).isEmpty();
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
    assertThat(missed(with(result, killed(12, 0, 0.4))))
        .containsExactly("branches in doubt block writers of the hot row");
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
