package dev.converge.order.saga;

import static dev.converge.order.domain.AbortReason.PAYMENT_DECLINED;
import static dev.converge.order.domain.OrderStatus.COMPLETED;
import static dev.converge.order.domain.OrderStatus.REJECTED;
import static dev.converge.order.saga.SagaScenario.ORDER_ID;
import static dev.converge.order.saga.SagaScenario.TIMES;
import static java.util.Objects.requireNonNull;

import dev.converge.order.saga.ParticipantMessages.ChargePayment;
import dev.converge.order.saga.ParticipantMessages.PaymentCharged;
import dev.converge.order.saga.ParticipantMessages.PaymentDeclined;
import dev.converge.order.saga.ParticipantMessages.PaymentRefunded;
import dev.converge.order.saga.ParticipantMessages.ReleaseStock;
import dev.converge.order.saga.ParticipantMessages.ReserveStock;
import dev.converge.order.saga.ParticipantMessages.ShipStock;
import dev.converge.order.saga.ParticipantMessages.StockRefused;
import dev.converge.order.saga.ParticipantMessages.StockReleased;
import dev.converge.order.saga.ParticipantMessages.StockReserved;
import dev.converge.order.saga.ParticipantMessages.StockShipped;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Replies of the participants, and scenarios that lead a saga to a state. */
final class SagaPaths {
  static final StockReserved RESERVED = new StockReserved(ORDER_ID);
  static final StockRefused REFUSED = new StockRefused(ORDER_ID, "OUT_OF_STOCK", "apple");
  static final StockReleased RELEASED = new StockReleased(ORDER_ID);
  static final StockShipped SHIPPED = new StockShipped(ORDER_ID);
  static final PaymentCharged CHARGED = new PaymentCharged(ORDER_ID);
  static final PaymentDeclined DECLINED = new PaymentDeclined(ORDER_ID, "CARD_DECLINED");
  static final PaymentDeclined UNAVAILABLE = new PaymentDeclined(ORDER_ID, "PROVIDER_UNAVAILABLE");
  static final PaymentRefunded REFUNDED = new PaymentRefunded(ORDER_ID);
  static final List<SagaReply> REPLIES =
      List.of(RESERVED, REFUSED, RELEASED, SHIPPED, CHARGED, DECLINED, UNAVAILABLE, REFUNDED);

  private SagaPaths() {}

  /** A reply that holds the order's id alone. */
  static SagaReply reply(@Nullable Class<?> type) {
    try {
      return (SagaReply)
          requireNonNull(type).getDeclaredConstructor(UUID.class).newInstance(ORDER_ID);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type + " cannot be created", e);
    }
  }

  static SagaScenario reservingStock() {
    return SagaScenario.placed().sends(ReserveStock.class);
  }

  static SagaScenario chargingPayment() {
    return reservingStock().afterReply(RESERVED).sends(ChargePayment.class);
  }

  static SagaScenario shippingStock() {
    return chargingPayment().afterReply(CHARGED).sends(ShipStock.class);
  }

  static SagaScenario completed() {
    return shippingStock().afterReply(SHIPPED).ends(COMPLETED, null);
  }

  static SagaScenario releasingStock() {
    return chargingPayment().afterReply(DECLINED).sends(ReleaseStock.class);
  }

  static SagaScenario rejected() {
    return releasingStock().afterReply(RELEASED).ends(REJECTED, PAYMENT_DECLINED);
  }

  static SagaScenario stuckReleasingStock() {
    return stuck(releasingStock(), ReleaseStock.class);
  }

  static SagaScenario stuckShippingStock() {
    return stuck(shippingStock(), ShipStock.class);
  }

  static SagaScenario stuck(SagaScenario scenario, Class<? extends SagaMessage> unanswered) {
    for (int attempt = 2; attempt <= TIMES.maxAttempts(); attempt++) {
      scenario.afterDeadline().sends(unanswered);
    }
    return scenario.afterDeadline().isStuck();
  }
}
