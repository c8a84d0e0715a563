package dev.converge.inventory.messaging;

import dev.converge.contracts.MessageFields;
import dev.converge.inventory.domain.ReservationDecision;
import dev.converge.inventory.domain.ReservationLine;
import dev.converge.inventory.domain.StockCommand;
import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.MessageTypes;
import dev.converge.outbox.Payload;
import dev.converge.outbox.UnprocessableMessageException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The messages of the inventory's contract. Their schemas are in infra/contracts. */
public final class InventoryMessages {
  static final String COMMANDS_TOPIC = "inventory.commands";
  static final String REPLIES_TOPIC = "order.replies";

  /** A message that the inventory handles. */
  sealed interface Command {
    StockCommand toDomain();
  }

  /** A message that the inventory sends to the order. */
  sealed interface Reply {
    UUID orderId();
  }

  record ReserveStock(UUID orderId, List<Line> lines) implements Command {
    ReserveStock {
      MessageFields.requireElements("lines", lines, MessageFields.MAX_LINES);
      Set<String> skus = new HashSet<>();
      for (int i = 0; i < lines.size(); i++) {
        if (!skus.add(lines.get(i).sku())) {
          throw new IllegalArgumentException("lines/" + i + "/sku: is in another line too");
        }
      }
      lines = List.copyOf(lines);
    }

    /** A quantity of one SKU. */
    record Line(String sku, int quantity) {
      Line {
        MessageFields.requireMatch("sku", sku, MessageFields.SKU);
        MessageFields.requireRange("quantity", quantity, 1, MessageFields.MAX_QUANTITY);
      }
    }

    @Override
    public StockCommand toDomain() {
      return new StockCommand.ReserveStock(
          orderId,
          lines.stream().map(line -> new ReservationLine(line.sku(), line.quantity())).toList());
    }
  }

  record ReleaseStock(UUID orderId) implements Command {
    @Override
    public StockCommand toDomain() {
      return new StockCommand.ReleaseStock(orderId);
    }
  }

  record ShipStock(UUID orderId) implements Command {
    @Override
    public StockCommand toDomain() {
      return new StockCommand.ShipStock(orderId);
    }
  }

  record StockReserved(UUID orderId) implements Reply {}

  record StockRefused(UUID orderId, String reason, String sku) implements Reply {
    private static final Set<String> REASONS = Set.of("OUT_OF_STOCK", "ALREADY_RELEASED");

    StockRefused {
      MessageFields.requireOneOf("reason", reason, REASONS);
      if (!sku.isEmpty()) {
        MessageFields.requireMatch("sku", sku, MessageFields.SKU);
      }
    }
  }

  record StockReleased(UUID orderId) implements Reply {}

  record StockShipped(UUID orderId) implements Reply {}

  static final MessageTypes TYPES =
      new MessageTypes(
          "orderId",
          Map.of(
              "dev.converge.inventory.ReserveStock.v1", ReserveStock.class,
              "dev.converge.inventory.ReleaseStock.v1", ReleaseStock.class,
              "dev.converge.inventory.ShipStock.v1", ShipStock.class,
              "dev.converge.inventory.StockReserved.v1", StockReserved.class,
              "dev.converge.inventory.StockRefused.v1", StockRefused.class,
              "dev.converge.inventory.StockReleased.v1", StockReleased.class,
              "dev.converge.inventory.StockShipped.v1", StockShipped.class));

  private InventoryMessages() {}

  /** Decodes a command. */
  public static StockCommand command(InboundMessage message) {
    if (TYPES.decode(message) instanceof Command command) {
      return command.toDomain();
    }
    throw new UnprocessableMessageException(message.type() + " is not a command");
  }

  /** The reply that reports a decision to the order. */
  public static Payload reply(ReservationDecision decision) {
    // Every kind of reply is a record.
    return TYPES.encode((Record) replyTo(decision));
  }

  private static Reply replyTo(ReservationDecision decision) {
    UUID orderId = decision.reservation().orderId();
    return switch (decision.outcome()) {
      case RESERVED -> new StockReserved(orderId);
      case OUT_OF_STOCK -> new StockRefused(orderId, "OUT_OF_STOCK", decision.shortOf());
      case ALREADY_RELEASED -> new StockRefused(orderId, "ALREADY_RELEASED", "");
      case RELEASED -> new StockReleased(orderId);
      case SHIPPED -> new StockShipped(orderId);
    };
  }
}
