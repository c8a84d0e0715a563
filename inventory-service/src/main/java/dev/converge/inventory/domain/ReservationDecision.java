package dev.converge.inventory.domain;

import java.util.List;

/**
 * The decision on one command.
 *
 * @param reservation the order's reservation after the command
 * @param changed the stock items that the command changes
 * @param outcome the reply
 * @param shortOf the first SKU that was short, or empty
 */
public record ReservationDecision(
    Reservation reservation, List<StockItem> changed, Outcome outcome, String shortOf) {

  /** The reply to the order. */
  public enum Outcome {
    RESERVED,
    OUT_OF_STOCK,
    ALREADY_RELEASED,
    RELEASED,
    SHIPPED
  }
}
