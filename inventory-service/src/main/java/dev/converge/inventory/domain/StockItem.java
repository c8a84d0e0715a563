package dev.converge.inventory.domain;

/**
 * The stock of one SKU, in units.
 *
 * @param available on the shelf and free
 * @param reserved set aside for orders that have not ended
 * @param shipped gone
 */
public record StockItem(String sku, long available, long reserved, long shipped) {

  boolean covers(int quantity) {
    return available >= quantity;
  }

  StockItem reserve(int quantity) {
    return new StockItem(sku, available - quantity, Math.addExact(reserved, quantity), shipped);
  }

  StockItem release(int quantity) {
    return new StockItem(sku, Math.addExact(available, quantity), reserved - quantity, shipped);
  }

  StockItem ship(int quantity) {
    return new StockItem(sku, available, reserved - quantity, Math.addExact(shipped, quantity));
  }
}
