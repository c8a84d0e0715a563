package dev.converge.order.saga;

import static dev.converge.order.saga.ParticipantMessages.INVENTORY_COMMANDS;
import static dev.converge.order.saga.ParticipantMessages.PAYMENT_COMMANDS;
import static dev.converge.order.saga.SagaDefinition.saga;
import static dev.converge.order.saga.SagaStep.step;

import dev.converge.contracts.Currencies;
import dev.converge.order.domain.AbortReason;
import dev.converge.order.domain.Order;
import dev.converge.order.saga.ParticipantMessages.ChargePayment;
import dev.converge.order.saga.ParticipantMessages.PaymentCharged;
import dev.converge.order.saga.ParticipantMessages.PaymentDeclined;
import dev.converge.order.saga.ParticipantMessages.PaymentRefunded;
import dev.converge.order.saga.ParticipantMessages.RefundPayment;
import dev.converge.order.saga.ParticipantMessages.ReleaseStock;
import dev.converge.order.saga.ParticipantMessages.ReserveStock;
import dev.converge.order.saga.ParticipantMessages.ShipStock;
import dev.converge.order.saga.ParticipantMessages.StockRefused;
import dev.converge.order.saga.ParticipantMessages.StockReleased;
import dev.converge.order.saga.ParticipantMessages.StockReserved;
import dev.converge.order.saga.ParticipantMessages.StockShipped;

/**
 * Places an order: reserve the stock, charge the customer, ship. Until the charge every step can be
 * undone; from then on the saga only goes forward.
 *
 * <p>Read this first: it is the whole saga, and the state diagram in docs/architecture.md is made
 * from it.
 */
public final class PlaceOrderSaga {
  private PlaceOrderSaga() {}

  /** The saga with the given timeouts. */
  public static SagaDefinition definition(SagaTimes times) {
    return saga(
        times,
        step("reserve-stock", INVENTORY_COMMANDS, PlaceOrderSaga::reserveStock)
            .succeedsOn(StockReserved.class)
            .refusedOn(StockRefused.class, refused -> AbortReason.OUT_OF_STOCK)
            .undoneBy(order -> new ReleaseStock(order.orderId()), StockReleased.class),
        step("charge-payment", PAYMENT_COMMANDS, PlaceOrderSaga::chargePayment)
            // Active when the order was placed, but the list may have changed since.
            .requires(
                order -> Currencies.isActive(order.currency()), AbortReason.CURRENCY_WITHDRAWN)
            .succeedsOn(PaymentCharged.class)
            .refusedOn(PaymentDeclined.class, PlaceOrderSaga::declined)
            .undoneBy(order -> new RefundPayment(order.orderId()), PaymentRefunded.class)
            .pivot(),
        // After the pivot: no undo, the command is sent until it succeeds.
        step("ship-stock", INVENTORY_COMMANDS, order -> new ShipStock(order.orderId()))
            .succeedsOn(StockShipped.class));
  }

  private static ReserveStock reserveStock(Order order) {
    return new ReserveStock(
        order.orderId(),
        order.lines().stream()
            .map(line -> new ReserveStock.Line(line.sku(), line.quantity()))
            .toList());
  }

  private static ChargePayment chargePayment(Order order) {
    return new ChargePayment(
        order.orderId(), order.totalMinor(), order.currency(), order.paymentToken());
  }

  private static AbortReason declined(PaymentDeclined declined) {
    return "PROVIDER_UNAVAILABLE".equals(declined.reason())
        ? AbortReason.PAYMENT_UNAVAILABLE
        : AbortReason.PAYMENT_DECLINED;
  }
}
