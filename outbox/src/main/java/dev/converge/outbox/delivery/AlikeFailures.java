package dev.converge.outbox.delivery;

import java.util.HashMap;
import java.util.Map;

/**
 * Counts the aggregates whose messages fail alike. Kept as counts, so that a query costs the same
 * for any number of messages.
 *
 * @param <K> how a message fails
 */
final class AlikeFailures<K> {
  private final Map<K, Map<String, Integer>> messages = new HashMap<>();

  void add(K alike, String aggregate) {
    messages.computeIfAbsent(alike, first -> new HashMap<>()).merge(aggregate, 1, Integer::sum);
  }

  void remove(K alike, String aggregate) {
    messages.computeIfPresent(
        alike,
        (key, ofAggregates) -> {
          ofAggregates.computeIfPresent(
              aggregate, (name, count) -> count == 1 ? null : Integer.valueOf(count - 1));
          return ofAggregates.isEmpty() ? null : ofAggregates;
        });
  }

  /** The number of other aggregates with a message that fails alike. */
  int others(K alike, String aggregate) {
    Map<String, Integer> ofAggregates = messages.getOrDefault(alike, Map.of());
    return ofAggregates.size() - (ofAggregates.containsKey(aggregate) ? 1 : 0);
  }
}
