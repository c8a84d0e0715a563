package dev.converge.inventory.domain;

/**
 * The stock of one SKU, in units.
 *
 * @param available in the warehouse and not reserved
 * @param reserved reserved for orders that have not ended
 * @param shipped sent to customers
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
