package dev.converge.commitment;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The decision on a transaction, and the votes that were known then.
 *
 * @param votes by participant: {@link #PREPARED}, the reason of a refusal such as {@code
 *     OUT_OF_STOCK}, {@link #NO_ANSWER}, {@link #NOT_AWAITED}, or {@link #ABORTED}
 */
public record Outcome(Decision decision, Map<String, String> votes) {
  /** A vote of yes. */
  public static final String PREPARED = "PREPARED";

  /** No vote arrived in time, or the request failed. */
  public static final String NO_ANSWER = "NO_ANSWER";

  /** The transaction was aborted before the vote arrived, because of another participant's. */
  public static final String NOT_AWAITED = "NOT_AWAITED";

  /** The branch was aborted before its work arrived. */
  public static final String ABORTED = "ABORTED";

  private static final Set<String> NO_REFUSALS = Set.of(PREPARED, NO_ANSWER, NOT_AWAITED, ABORTED);

  public Outcome {
    votes = Map.copyOf(votes);
  }

  /** The reason of a refusal; of several, that of the first participant by name. */
  public Optional<String> refusal() {
    return new TreeMap<>(votes)
        .values().stream().filter(vote -> !NO_REFUSALS.contains(vote)).findFirst();
  }
}
