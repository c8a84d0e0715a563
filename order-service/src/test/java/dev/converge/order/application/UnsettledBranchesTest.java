package dev.converge.order.application;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.commitment.Decision;
import dev.converge.commitment.protocol.BranchState;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: an order's story names the branches that have not ended as it was decided, and how they
 * did. Method: each state of a branch under each decision.
 */
class UnsettledBranchesTest {
  private static final String INVENTORY = "inventory";
  private static final UnsettledBranches IN_DOUBT =
      new UnsettledBranches(List.of(INVENTORY), List.of(), List.of());
  private static final UnsettledBranches DIVERGENT =
      new UnsettledBranches(List.of(), List.of(INVENTORY), List.of());
  private static final UnsettledBranches UNKNOWN =
      new UnsettledBranches(List.of(), List.of(), List.of(INVENTORY));

  private static UnsettledBranches of(Decision decision, BranchState state, boolean areRecorded) {
    return UnsettledBranches.of(decision, Map.of(INVENTORY, Optional.of(state)), areRecorded);
  }

  @ParameterizedTest
  @CsvSource({
    "COMMIT,PREPARED",
    "COMMIT,PRECOMMITTED",
    "ABORT,PREPARED",
    "ABORT,PRECOMMITTED",
  })
  void preparedBranchIsInDoubt(Decision decision, BranchState state) {
    assertThat(of(decision, state, true)).isEqualTo(IN_DOUBT);
  }

  @ParameterizedTest
  @CsvSource({"COMMIT,ABORTED", "COMMIT,UNKNOWN", "ABORT,COMMITTED"})
  void branchThatEndedOtherwiseIsDivergent(Decision decision, BranchState state) {
    assertThat(of(decision, state, true)).isEqualTo(DIVERGENT);
  }

  @ParameterizedTest
  @CsvSource({"COMMIT,COMMITTED", "ABORT,ABORTED", "ABORT,UNKNOWN"})
  void branchThatEndedAsDecidedIsSettled(Decision decision, BranchState state) {
    assertThat(of(decision, state, true)).isEqualTo(UnsettledBranches.NONE);
  }

  @Test
  void branchWhoseRecordIsDeletedIsNoDivergence() {
    assertThat(of(Decision.COMMIT, BranchState.UNKNOWN, false)).isEqualTo(UnsettledBranches.NONE);
    assertThat(of(Decision.COMMIT, BranchState.ABORTED, false)).isEqualTo(DIVERGENT);
  }

  @ParameterizedTest
  @CsvSource({"COMMIT", "ABORT"})
  void branchWithoutAnAnswerIsUnknown(Decision decision) {
    assertThat(UnsettledBranches.of(decision, Map.of(INVENTORY, Optional.empty()), true))
        .isEqualTo(UNKNOWN);
  }

  @Test
  void participantsAreListedInOrder() {
    assertThat(
            UnsettledBranches.of(
                Decision.COMMIT,
                Map.of(
                    "payment",
                    Optional.of(BranchState.PREPARED),
                    INVENTORY,
                    Optional.of(BranchState.PREPARED),
                    "order",
                    Optional.of(BranchState.COMMITTED)),
                true))
        .isEqualTo(new UnsettledBranches(List.of(INVENTORY, "payment"), List.of(), List.of()));
  }
}
