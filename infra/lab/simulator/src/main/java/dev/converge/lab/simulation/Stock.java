package dev.converge.lab.simulation;

import dev.converge.inventory.domain.StockItem;

/**
 * A row of the table of stock.
 *
 * @param received the total ever received
 */
record Stock(StockItem item, long received) {
  /** Adds differences, as the service writes them. */
  Stock plus(long available, long reserved, long shipped) {
    return new Stock(
        new StockItem(
            item.sku(),
            item.available() + available,
            item.reserved() + reserved,
            item.shipped() + shipped),
        received);
  }

  /** Checks the constraints of the table. */
  void check() {
    if (item.available() < 0
        || item.reserved() < 0
        || item.shipped() < 0
        || item.available() + item.reserved() + item.shipped() != received) {
      throw new ConstraintViolation("stock: " + this);
    }
  }
}
