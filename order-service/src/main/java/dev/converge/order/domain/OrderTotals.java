package dev.converge.order.domain;

import java.util.UUID;

/**
 * What the orders of one currency come to, of those with ids in some span.
 *
 * @param firstOrderId the lowest id among them
 * @param completed those that were paid and shipped
 * @param pending those that have not ended
 */
public record OrderTotals(String currency, UUID firstOrderId, Total completed, Total pending) {

  /**
   * Some orders, and the sum of their totals.
   *
   * @param totalMinor in minor units of the currency
   */
  public record Total(long orders, long totalMinor) {}
}
