package dev.converge.order.domain;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What the orders of some span of ids come to, all seen at one moment.
 *
 * @param firstCompleted the lowest id of a completed one
 * @param pending those that have not ended, {@link #MOST_PENDING} at most
 * @param morePending whether there are more of these
 */
public record OrderTotals(
    List<Total> completed, Optional<UUID> firstCompleted, List<UUID> pending, boolean morePending) {
  /** The maximum number of pending orders that are listed by id. */
  public static final int MOST_PENDING = 1_000;

  /**
   * The completed orders of one currency.
   *
   * @param sumMinor of their totals, in minor units of the currency
   * @param checksum the sum of each one's total, modulo 2^31 - 1 and plus 1, times the last 24 bits
   *     of its id, so that exchanged orders change it
   */
  public record Total(String currency, long orders, BigInteger sumMinor, BigInteger checksum) {}
}
