package dev.converge.order.saga;

import dev.converge.contracts.MessageFields;
import dev.converge.order.domain.AbortReason;
import dev.converge.order.domain.OrderStatus;
import dev.converge.outbox.MessageTypes;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * The messages between the order service and the participants of its saga, and the events it
 * publishes. Each service has its own records; the contract is the schemas in infra/contracts.
 */
public final class ParticipantMessages {
  public static final String INVENTORY_COMMANDS = "inventory.commands";
  public static final String PAYMENT_COMMANDS = "payment.commands";
  public static final String ORDER_REPLIES = "order.replies";
  public static final String ORDER_EVENTS = "order.events";

  /** A command that a participant handles. */
  public sealed interface Command extends SagaCommand {}

  /** A reply of a participant. */
  public sealed interface Reply extends SagaReply {}

  /** An event that order-service publishes at the end of an order. */
  public sealed interface OrderEvent extends SagaMessage {}

  /** Reserves stock. */
  public record ReserveStock(UUID orderId, List<Line> lines) implements Command {
    public ReserveStock {
      MessageFields.requireElements("lines", lines, MessageFields.MAX_LINES);
      lines = List.copyOf(lines);
    }

    /** A quantity of one SKU. */
    public record Line(String sku, int quantity) {
      public Line {
        MessageFields.requireMatch("sku", sku, MessageFields.SKU);
        MessageFields.requireRange("quantity", quantity, 1, MessageFields.MAX_QUANTITY);
      }
    }
  }

  /** Releases the reserved stock. */
  public record ReleaseStock(UUID orderId) implements Command {}

  /** Ships the reserved stock. */
  public record ShipStock(UUID orderId) implements Command {}

  public record StockReserved(UUID orderId) implements Reply {}

  public record StockRefused(UUID orderId, String reason, String sku) implements Reply {
    private static final Set<String> REASONS = Set.of("OUT_OF_STOCK", "ALREADY_RELEASED");

    public StockRefused {
      MessageFields.requireOneOf("reason", reason, REASONS);
      if (!sku.isEmpty()) {
        MessageFields.requireMatch("sku", sku, MessageFields.SKU);
      }
    }
  }

  public record StockReleased(UUID orderId) implements Reply {}

  public record StockShipped(UUID orderId) implements Reply {}

  /** Charges the customer. */
  public record ChargePayment(UUID orderId, long amountMinor, String currency, String paymentToken)
      implements Command {
    public ChargePayment {
      MessageFields.requireRange("amountMinor", amountMinor, 1, MessageFields.MAX_AMOUNT_MINOR);
      MessageFields.requireCurrency("currency", currency);
      MessageFields.requireMatch("paymentToken", paymentToken, MessageFields.PAYMENT_TOKEN);
    }
  }

  /** Refunds the customer. */
  public record RefundPayment(UUID orderId) implements Command {}

  public record PaymentCharged(UUID orderId) implements Reply {}

  public record PaymentDeclined(UUID orderId, String reason) implements Reply {
    private static final Set<String> REASONS =
        Set.of("CARD_DECLINED", "PROVIDER_UNAVAILABLE", "CANCELLED");

    public PaymentDeclined {
      MessageFields.requireOneOf("reason", reason, REASONS);
    }
  }

  public record PaymentRefunded(UUID orderId) implements Reply {}

  public record OrderCompleted(UUID orderId) implements OrderEvent {}

  public record OrderRejected(UUID orderId, String reason) implements OrderEvent {
    private static final Set<String> REASONS = reasons(OrderStatus.REJECTED);

    public OrderRejected {
      MessageFields.requireOneOf("reason", reason, REASONS);
    }
  }

  public record OrderCancelled(UUID orderId, String reason) implements OrderEvent {
    private static final Set<String> REASONS = reasons(OrderStatus.CANCELLED);

    public OrderCancelled {
      MessageFields.requireOneOf("reason", reason, REASONS);
    }
  }

  public static final MessageTypes TYPES =
      new MessageTypes(
          "orderId",
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

  private static Set<String> reasons(OrderStatus outcome) {
    return Arrays.stream(AbortReason.values())
        .filter(reason -> reason.outcome() == outcome)
        .map(AbortReason::name)
        .collect(Collectors.toUnmodifiableSet());
  }
}
