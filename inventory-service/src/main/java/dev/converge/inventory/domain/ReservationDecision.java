package dev.converge.inventory.domain;

import java.util.List;

/**
 * What comes of a command.
 *
 * @param reservation the order's reservation from now on
 * @param changed the stock that differs from before
 * @param outcome what to reply
 * @param shortOf the SKU that was short, or empty
 */
public record ReservationDecision(
    Reservation reservation, List<StockItem> changed, Outcome outcome, String shortOf) {

  /** What the order learns. */
  public enum Outcome {
    RESERVED,
    OUT_OF_STOCK,
    ALREADY_RELEASED,
    RELEASED,
    SHIPPED
  }
}
