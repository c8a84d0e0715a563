package dev.converge.lab.protocols;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Counts what a reader sees that asks three services about an order at the same time. A read is
 * fractured if it shows one effect of the order and not another. Atomic commit does not prevent it:
 * the branches commit one after the other. Not thread-safe.
 */
final class FracturedReads {
  /** An order is read for this long after its first effect. */
  private static final double READ_FOR_MILLIS = 1_000;

  /** And for this long while it is not whole. One that diverges would be read for ever. */
  private static final double READ_AT_MOST_MILLIS = 10_000;

  private final Set<String> orders = new HashSet<>();
  private final Set<String> stock = new HashSet<>();
  private final Set<String> money = new HashSet<>();
  private final Map<String, Double> open = new HashMap<>();
  private final Set<String> fractured = new HashSet<>();
  private long reads;
  private long fracturedReads;

  /**
   * The counts.
   *
   * @param reads of orders that were at most a second old, or not whole
   * @param orders that at least one read showed fractured
   */
  record Count(long reads, long fractured, int orders) {
    /** The share of reads that were fractured; 0 if there were none. */
    @JsonProperty
    double share() {
      return reads == 0 ? 0 : (double) fractured / reads;
    }
  }

  /**
   * Adds what the three services show at one moment.
   *
   * @param completed orders that are complete
   * @param shipped orders whose stock is shipped
   * @param paid orders whose money is taken
   */
  void add(double atMillis, Set<String> completed, Set<String> shipped, Set<String> paid) {
    see(atMillis, completed, orders);
    see(atMillis, shipped, stock);
    see(atMillis, paid, money);
    open.entrySet()
        .removeIf(
            order ->
                atMillis - order.getValue()
                    > (isWhole(order.getKey()) ? READ_FOR_MILLIS : READ_AT_MOST_MILLIS));
    for (String order : open.keySet()) {
      reads++;
      if (!isWhole(order)) {
        fracturedReads++;
        fractured.add(order);
      }
    }
  }

  /** Ignores the orders of earlier runs. */
  void ignore(Set<String> earlier) {
    orders.addAll(earlier);
    stock.addAll(earlier);
    money.addAll(earlier);
  }

  private void see(double atMillis, Set<String> shown, Set<String> seen) {
    for (String order : shown) {
      if (seen.add(order)) {
        open.putIfAbsent(order, atMillis);
      }
    }
  }

  private boolean isWhole(String order) {
    return orders.contains(order) && stock.contains(order) && money.contains(order);
  }

  Count count() {
    return new Count(reads, fracturedReads, fractured.size());
  }
}
