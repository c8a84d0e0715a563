package dev.converge.payment.domain;

import dev.converge.payment.domain.Payment.Cause;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A command of an order to its payment. Each kind applies its rule in {@link Payments}. */
public sealed interface PaymentCommand {
  UUID orderId();

  /** Identifies this command in its reply. */
  Cause cause();

  /**
   * Decides on this command.
   *
   * @param known the order's payment, if there is one
   */
  PaymentDecision decide(@Nullable Payment known);

  /** Charges the customer. */
  record ChargePayment(UUID orderId, Charge charge, Cause cause) implements PaymentCommand {
    @Override
    public PaymentDecision decide(@Nullable Payment known) {
      return Payments.charge(orderId, charge, known, cause);
    }
  }

  /** Refunds the customer, or prevents a later charge. */
  record RefundPayment(UUID orderId, Cause cause) implements PaymentCommand {
    @Override
    public PaymentDecision decide(@Nullable Payment known) {
      return Payments.refund(orderId, known, cause);
    }
  }
}
