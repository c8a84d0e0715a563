package dev.converge.order.saga;

import dev.converge.outbox.MessageTypes;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The messages between the order service and the participants of its saga, and the events it
 * publishes. Each service has its own records; the contract is the schemas in infra/contracts.
 */
public final class ParticipantMessages {
  public static final String INVENTORY_COMMANDS = "inventory.commands";
  public static final String PAYMENT_COMMANDS = "payment.commands";
  public static final String ORDER_REPLIES = "order.replies";
  public static final String ORDER_EVENTS = "order.events";

  /** Sets stock aside. */
  public record ReserveStock(UUID orderId, List<Line> lines) {
    /** So many units of one SKU. */
    public record Line(String sku, int quantity) {}
  }

  /** Gives back what was set aside. */
  public record ReleaseStock(UUID orderId) {}

  /** Sends what was set aside. */
  public record ShipStock(UUID orderId) {}

  public record StockReserved(UUID orderId) {}

  public record StockRefused(UUID orderId, String reason, String sku) {}

  public record StockReleased(UUID orderId) {}

  public record StockShipped(UUID orderId) {}

  /** Takes the money. */
  public record ChargePayment(
      UUID orderId, long amountMinor, String currency, String paymentToken) {}

  /** Gives the money back. */
  public record RefundPayment(UUID orderId) {}

  public record PaymentCharged(UUID orderId) {}

  public record PaymentDeclined(UUID orderId, String reason) {}

  public record PaymentRefunded(UUID orderId) {}

  public record OrderCompleted(UUID orderId) {}

  public record OrderRejected(UUID orderId, String reason) {}

  public record OrderCancelled(UUID orderId, String reason) {}

  public static final MessageTypes TYPES =
      new MessageTypes(
          Map.ofEntries(
              Map.entry("dev.converge.inventory.ReserveStock.v1", ReserveStock.class),
              Map.entry("dev.converge.inventory.ReleaseStock.v1", ReleaseStock.class),
              Map.entry("dev.converge.inventory.ShipStock.v1", ShipStock.class),
              Map.entry("dev.converge.inventory.StockReserved.v1", StockReserved.class),
              Map.entry("dev.converge.inventory.StockRefused.v1", StockRefused.class),
              Map.entry("dev.converge.inventory.StockReleased.v1", StockReleased.class),
              Map.entry("dev.converge.inventory.StockShipped.v1", StockShipped.class),
              Map.entry("dev.converge.payment.ChargePayment.v1", ChargePayment.class),
              Map.entry("dev.converge.payment.RefundPayment.v1", RefundPayment.class),
              Map.entry("dev.converge.payment.PaymentCharged.v1", PaymentCharged.class),
              Map.entry("dev.converge.payment.PaymentDeclined.v1", PaymentDeclined.class),
              Map.entry("dev.converge.payment.PaymentRefunded.v1", PaymentRefunded.class),
              Map.entry("dev.converge.order.OrderCompleted.v1", OrderCompleted.class),
              Map.entry("dev.converge.order.OrderRejected.v1", OrderRejected.class),
              Map.entry("dev.converge.order.OrderCancelled.v1", OrderCancelled.class)));

  private ParticipantMessages() {}
}
