package dev.converge.commitment.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The rules. The lab's simulator searches all their schedules: ProtocolSchedulesTest. */
class TwoPhaseCommitTest {
  private static final Protocol PROTOCOL = TwoPhaseCommit.protocol();

  @Test
  void preparedBranchNeverDecidesAlone() {
    assertThat(PROTOCOL.participant().next(BranchState.PREPARED, BranchEvent.IN_DOUBT).next())
        .isEqualTo(BranchState.PREPARED);
  }
}
