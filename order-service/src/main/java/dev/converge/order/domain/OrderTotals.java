package dev.converge.order.domain;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The totals of the orders in a range of ids, from one snapshot.
 *
 * @param firstCompleted the lowest id of a completed order
 * @param pending orders that have not ended, at most {@link #MOST_PENDING}
 * @param morePending whether there are more pending orders than listed
 */
public record OrderTotals(
    List<Total> completed, Optional<UUID> firstCompleted, List<UUID> pending, boolean morePending) {
  /** The maximum number of pending orders that are listed by id. */
  public static final int MOST_PENDING = 1_000;

  /**
   * The completed orders of one currency.
   *
   * @param sumMinor in minor units of the currency
   * @param checksum the sum of (total mod (2^31 - 1) + 1) * (last 24 bits of the order id): finds
   *     differences that cancel out in the sum
   */
  public record Total(String currency, long orders, BigInteger sumMinor, BigInteger checksum) {}
}
