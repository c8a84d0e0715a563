package dev.converge.payment.domain;

import java.util.UUID;

/**
 * What the orders of one currency come to, as the order service says, of those with ids in some
 * span.
 *
 * @param firstOrderId the lowest id among them
 * @param completed those that were paid and shipped
 * @param pending those that have not ended
 */
public record OrderTotals(UUID firstOrderId, Total completed, Total pending) {

  /**
   * Some orders, or their payments, and the sum of these.
   *
   * @param totalMinor in minor units of the currency
   */
  public record Total(long orders, long totalMinor) {
    /** None, and nothing. */
    public static final Total NONE = new Total(0, 0);
  }
}
