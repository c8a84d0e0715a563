package dev.converge.payment.domain;

/** The status of a payment. */
public enum PaymentStatus {
  /** The provider is asked to charge the customer; its answer is not known. */
  CHARGING,
  /** The provider charged the customer. */
  CHARGED,
  /** The provider refused, or the charge was abandoned. No money is held. */
  DECLINED,
  /** Abandoned: a charge that may have happened is undone before the order is declined. */
  VOIDING,
  /** The provider is asked to refund, or to undo a charge of unknown outcome. */
  REFUNDING,
  /** No money is held: refunded, or undone before it was charged (a tombstone). Final. */
  REFUNDED;

  /** Whether a call to the provider is still needed. */
  public boolean awaitsProvider() {
    return switch (this) {
      case CHARGING, VOIDING, REFUNDING -> true;
      case CHARGED, DECLINED, REFUNDED -> false;
    };
  }
}
