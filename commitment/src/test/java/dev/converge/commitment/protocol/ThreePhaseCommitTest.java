package dev.converge.commitment.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.commitment.protocol.ThreePhaseCommit.MissingAcknowledgement;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The rules. The lab's simulator searches all their schedules: ProtocolSchedulesTest. */
class ThreePhaseCommitTest {

  @ParameterizedTest
  @EnumSource
  void branchThatHearsNothingDecidesByItsState(MissingAcknowledgement missing) {
    Protocol protocol = ThreePhaseCommit.withTimeouts(missing);

    assertThat(protocol.participant().next(BranchState.PREPARED, BranchEvent.IN_DOUBT).next())
        .isEqualTo(BranchState.ABORTED);
    assertThat(protocol.participant().next(BranchState.PRECOMMITTED, BranchEvent.IN_DOUBT).next())
        .isEqualTo(BranchState.COMMITTED);
  }
}
