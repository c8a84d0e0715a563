package dev.converge.order.application;

import dev.converge.commitment.Decision;
import dev.converge.commitment.protocol.BranchState;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The branches of a decided transaction that have not ended as it was decided, by participant.
 *
 * @param inDoubt wait for the decision
 * @param divergent have ended otherwise, which no step of a protocol repairs
 * @param unknown their participants do not answer
 */
public record UnsettledBranches(
    List<String> inDoubt, List<String> divergent, List<String> unknown) {
  static final UnsettledBranches NONE = new UnsettledBranches(List.of(), List.of(), List.of());

  /**
   * Compares branches with the decision.
   *
   * @param states by participant; empty for one that does not answer
   * @param areRecorded whether participants still have their records of this transaction; without
   *     them, a branch without a record may have committed
   */
  static UnsettledBranches of(
      Decision decision, Map<String, Optional<BranchState>> states, boolean areRecorded) {
    return new UnsettledBranches(
        those(states, state -> state.filter(BranchState::isInDoubt).isPresent()),
        those(states, state -> state.filter(at -> differs(decision, at, areRecorded)).isPresent()),
        those(states, Optional::isEmpty));
  }

  // A participant that has no record of an aborted branch has done nothing: presumed abort.
  private static boolean differs(Decision decision, BranchState state, boolean areRecorded) {
    return switch (state) {
      case COMMITTED -> decision == Decision.ABORT;
      case ABORTED -> decision == Decision.COMMIT;
      case UNKNOWN -> decision == Decision.COMMIT && areRecorded;
      case PREPARED, PRECOMMITTED -> false;
    };
  }

  private static List<String> those(
      Map<String, Optional<BranchState>> states, Predicate<Optional<BranchState>> condition) {
    return new TreeMap<>(states)
        .entrySet().stream()
            .filter(each -> condition.test(each.getValue()))
            .map(Map.Entry::getKey)
            .toList();
  }
}
