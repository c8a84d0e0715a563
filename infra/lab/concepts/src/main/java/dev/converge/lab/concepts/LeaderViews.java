package dev.converge.lab.concepts;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The leader that each node named while it was asked again and again. Pure.
 *
 * @param victim the node that led when the fault began
 * @param seen in any order
 */
record LeaderViews(int victim, List<Seen> seen) {
  // A paused node does not answer, and claims nothing.
  private static final double CONTINUOUS_MILLIS = 1_000;

  /**
   * An answer.
   *
   * @param atMillis when, from the fault on
   * @param node that answered
   * @param leader that it named
   */
  record Seen(double atMillis, int node, int leader) {}

  /** From the fault until another node named a successor; null if none did. */
  @Nullable Double electedMillis() {
    return seen.stream()
        .filter(this::namesSuccessor)
        .map(Seen::atMillis)
        .min(Double::compare)
        .orElse(null);
  }

  /**
   * How long the victim claimed to lead after another node had named a successor: the time between
   * each two of its answers in which it did.
   */
  double twoLeadersMillis() {
    Double elected = electedMillis();
    if (elected == null) {
      return 0;
    }
    double both = 0;
    double last = Double.NaN;
    for (Seen one : ofVictim()) {
      boolean claims = one.leader() == victim;
      // Not where it was silent: NaN compares to nothing.
      if (claims && one.atMillis() - last < CONTINUOUS_MILLIS && one.atMillis() > elected) {
        both += one.atMillis() - Math.max(last, elected);
      }
      last = claims ? one.atMillis() : Double.NaN;
    }
    return both;
  }

  private boolean namesSuccessor(Seen one) {
    return one.atMillis() > 0
        && one.node() != victim
        && one.leader() >= 0
        && one.leader() != victim;
  }

  private List<Seen> ofVictim() {
    return seen.stream()
        .filter(one -> one.node() == victim)
        .sorted((one, other) -> Double.compare(one.atMillis(), other.atMillis()))
        .toList();
  }
}
