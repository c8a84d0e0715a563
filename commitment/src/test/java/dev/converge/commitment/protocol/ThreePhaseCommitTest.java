package dev.converge.commitment.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.commitment.protocol.ThreePhaseCommit.MissingAcknowledgement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ThreePhaseCommitTest {

  @ParameterizedTest
  @EnumSource
  void aScheduleMakesTwoBranchesDecideDifferently(MissingAcknowledgement missing) {
    assertThat(Schedules.of(ThreePhaseCommit.withTimeouts(missing)).shortest(World::isDivergent))
        .isPresent();
  }

  @ParameterizedTest
  @EnumSource
  void theTerminationProtocolDoesNotPreventIt(MissingAcknowledgement missing) {
    assertThat(Schedules.of(ThreePhaseCommit.withTermination(missing)).shortest(World::isDivergent))
        .isPresent();
  }

  @ParameterizedTest
  @EnumSource
  void noBranchWaitsForever(MissingAcknowledgement missing) {
    assertThat(Schedules.of(ThreePhaseCommit.withTimeouts(missing)).blocked()).isEmpty();
  }

  @Test
  void theShortestScheduleIsThatOfThePartition() {
    assertThat(
            Schedules.of(ThreePhaseCommit.withTimeouts(MissingAcknowledgement.COMMITS))
                .shortest(World::isDivergent)
                .orElseThrow())
        .contains("payment: IN_DOUBT");
  }
}
