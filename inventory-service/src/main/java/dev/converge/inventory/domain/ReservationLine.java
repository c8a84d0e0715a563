package dev.converge.inventory.domain;

import java.util.Objects;

/** A quantity of one SKU. */
public record ReservationLine(String sku, int quantity) {
  public ReservationLine {
    Objects.requireNonNull(sku, "sku");
    if (quantity < 1) {
      throw new IllegalArgumentException("quantity: " + quantity + " (expected: > 0)");
    }
  }
}
