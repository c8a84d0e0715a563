package dev.converge.order.domain;

/**
 * A quantity of one SKU at a price.
 *
 * @param unitPriceMinor in minor units of the order's currency
 */
public record OrderLine(String sku, int quantity, long unitPriceMinor) {
  /** The largest quantity of a line. */
  public static final int MAX_QUANTITY = 10_000;

  public OrderLine {
    if (quantity < 1 || quantity > MAX_QUANTITY) {
      throw new IllegalArgumentException(
          "quantity: " + quantity + " (expected: 1 to " + MAX_QUANTITY + ")");
    }
    if (unitPriceMinor < 1) {
      throw new IllegalArgumentException("unitPriceMinor: " + unitPriceMinor + " (expected: > 0)");
    }
  }
}
