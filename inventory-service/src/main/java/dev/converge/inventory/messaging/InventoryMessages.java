package dev.converge.inventory.messaging;

import dev.converge.inventory.domain.ReservationLine;
import dev.converge.outbox.MessageTypes;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The messages of the inventory's contract; their schemas stand in infra/contracts. */
final class InventoryMessages {
  static final String COMMANDS_TOPIC = "inventory.commands";
  static final String REPLIES_TOPIC = "order.replies";

  record ReserveStock(UUID orderId, List<ReservationLine> lines) {}

  record ReleaseStock(UUID orderId) {}

  record ShipStock(UUID orderId) {}

  record StockReserved(UUID orderId) {}

  record StockRefused(UUID orderId, String reason, String sku) {}

  record StockReleased(UUID orderId) {}

  record StockShipped(UUID orderId) {}

  static final MessageTypes TYPES =
      new MessageTypes(
          Map.of(
              "dev.converge.inventory.ReserveStock.v1", ReserveStock.class,
              "dev.converge.inventory.ReleaseStock.v1", ReleaseStock.class,
              "dev.converge.inventory.ShipStock.v1", ShipStock.class,
              "dev.converge.inventory.StockReserved.v1", StockReserved.class,
              "dev.converge.inventory.StockRefused.v1", StockRefused.class,
              "dev.converge.inventory.StockReleased.v1", StockReleased.class,
              "dev.converge.inventory.StockShipped.v1", StockShipped.class));

  private InventoryMessages() {}
}
