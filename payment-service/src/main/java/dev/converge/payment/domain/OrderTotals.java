package dev.converge.payment.domain;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What the orders of some span of ids come to, as the order service says, all seen at one moment.
 *
 * @param completed by currency
 * @param firstCompleted the lowest id of a completed one
 * @param pending those that have not ended
 * @param morePending whether there are more of these
 */
public record OrderTotals(
    Map<String, Total> completed,
    Optional<UUID> firstCompleted,
    List<UUID> pending,
    boolean morePending) {

  /**
   * Some orders, or their payments, of one currency, and the sum of these.
   *
   * @param sumMinor in minor units of the currency
   * @param checksum the sum of each one's amount, modulo 2^31 - 1 and plus 1, times the last 24
   *     bits of its order's id, so that two do not stand for one another
   */
  public record Total(long orders, BigInteger sumMinor, BigInteger checksum) {}
}
