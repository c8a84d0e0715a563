package dev.converge.inventory.messaging;

import dev.converge.outbox.InboundMessage;
import java.util.List;
import java.util.UUID;

/** Messages as they arrive from Kafka, each with an id of its own. */
final class CommandMessages {
  static final String TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  private int messages;

  InboundMessage message(String type, UUID orderId, String fields) {
    messages++;
    return new InboundMessage(
        new UUID(9, messages),
        "dev.converge.inventory." + type + ".v1",
        orderId.toString(),
        "{\"orderId\":\"%s\"%s}".formatted(orderId, fields),
        orderId,
        null,
        null,
        TRACEPARENT,
        new InboundMessage.Source(StockCommandHandler.TOPIC, 0, messages));
  }

  /** Reserves two units of each SKU. */
  InboundMessage reserve(UUID orderId, String... skus) {
    List<String> lines =
        List.of(skus).stream().map("{\"sku\":\"%s\",\"quantity\":2}"::formatted).toList();
    return message("ReserveStock", orderId, ",\"lines\":" + lines);
  }

  InboundMessage release(UUID orderId) {
    return message("ReleaseStock", orderId, "");
  }

  InboundMessage ship(UUID orderId) {
    return message("ShipStock", orderId, "");
  }
}
