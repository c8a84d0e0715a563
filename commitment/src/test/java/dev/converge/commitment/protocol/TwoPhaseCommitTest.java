package dev.converge.commitment.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TwoPhaseCommitTest {
  private static final Protocol PROTOCOL = TwoPhaseCommit.protocol();

  @Test
  void noScheduleMakesTwoBranchesDecideDifferently() {
    assertThat(Schedules.of(PROTOCOL).shortest(World::isDivergent)).isEmpty();
    assertThat(Schedules.withoutRegister(PROTOCOL).shortest(World::isDivergent)).isEmpty();
  }

  @Test
  void noScheduleAnswersCommittedForAnAbortedTransaction() {
    assertThat(Schedules.of(PROTOCOL).shortest(World::isAnsweredWrongly)).isEmpty();
  }

  @Test
  void everyBranchIsDecidedWhileTheRegisterIsReachable() {
    assertThat(Schedules.of(PROTOCOL).blocked()).isEmpty();
  }

  @Test
  void branchesWaitWhereTheRegisterIsUnreachable() {
    assertThat(Schedules.withoutRegister(PROTOCOL).blocked())
        .anyMatch(
            world -> world.branches().stream().allMatch(state -> state == BranchState.PREPARED));
  }

  @Test
  void aPreparedBranchNeverDecidesAlone() {
    assertThat(PROTOCOL.participant().next(BranchState.PREPARED, BranchEvent.IN_DOUBT).next())
        .isEqualTo(BranchState.PREPARED);
  }
}
