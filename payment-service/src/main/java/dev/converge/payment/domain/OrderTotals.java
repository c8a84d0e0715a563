package dev.converge.payment.domain;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The totals of the orders in a range of ids, from one snapshot of the order service.
 *
 * @param completed completed orders, by currency
 * @param firstCompleted the lowest id of a completed order
 * @param pending orders that have not ended
 * @param morePending whether there are more pending orders than listed
 */
public record OrderTotals(
    Map<String, Total> completed,
    Optional<UUID> firstCompleted,
    List<UUID> pending,
    boolean morePending) {

  /**
   * The orders, or the payments, of one currency.
   *
   * @param sumMinor in minor units of the currency
   * @param checksum the sum of (amount mod (2^31 - 1) + 1) * (last 24 bits of the order id): finds
   *     differences that cancel out in the sum
   */
  public record Total(long orders, BigInteger sumMinor, BigInteger checksum) {}
}
