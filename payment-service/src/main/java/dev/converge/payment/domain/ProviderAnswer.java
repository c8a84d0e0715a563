package dev.converge.payment.domain;

import java.util.UUID;

/** The outcome of a call to the provider. Each kind applies its rule in {@link Payments}. */
public sealed interface ProviderAnswer {
  UUID orderId();

  /** Decides on the payment as it is now, which a command may have changed since the call. */
  PaymentDecision decide(Payment payment);

  /** The answer to a charge. */
  static ProviderAnswer toCharge(UUID orderId, boolean approved) {
    return approved ? new Approved(orderId) : new Declined(orderId, "CARD_DECLINED");
  }

  /** The provider charged the customer. */
  record Approved(UUID orderId) implements ProviderAnswer {
    @Override
    public PaymentDecision decide(Payment payment) {
      return Payments.approved(payment);
    }
  }

  /** The provider refused the charge. */
  record Declined(UUID orderId, String reason) implements ProviderAnswer {
    @Override
    public PaymentDecision decide(Payment payment) {
      return Payments.declined(payment, reason);
    }
  }

  /** The provider holds no money of this order and will not charge it later. */
  record Undone(UUID orderId) implements ProviderAnswer {
    @Override
    public PaymentDecision decide(Payment payment) {
      return Payments.undone(payment);
    }
  }

  /** The call failed or its answer was lost: its effect is unknown. */
  record Unanswered(UUID orderId) implements ProviderAnswer {
    @Override
    public PaymentDecision decide(Payment payment) {
      return Payments.unanswered(payment);
    }
  }
}
