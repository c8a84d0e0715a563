package dev.converge.payment.domain;

/** Where a payment stands. */
public enum PaymentStatus {
  /** The provider is being asked for the money; its answer is not known. */
  CHARGING,
  /** The money is taken. */
  CHARGED,
  /** The provider said no, or was given up on; no money is taken. */
  DECLINED,
  /** Given up on: a charge that may have happened is undone before the order is told no. */
  VOIDING,
  /** The money is being given back, or a charge of unknown outcome undone. */
  REFUNDING,
  /** No money is held: given back, or undone before it was taken (a tombstone). Final. */
  REFUNDED;

  /** Whether the provider has yet to be called. */
  public boolean awaitsProvider() {
    return this == CHARGING || this == VOIDING || this == REFUNDING;
  }
}
