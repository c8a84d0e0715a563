package dev.converge.order.domain;

/** Where an order stands. */
public enum OrderStatus {
  /** Accepted; its saga is under way. */
  PENDING,
  /** Paid and shipped. Final. */
  COMPLETED,
  /** Refused, with a reason; all that was done for it is undone. Final. */
  REJECTED,
  /** Called off by the customer; all that was done for it is undone. Final. */
  CANCELLED;

  public boolean isTerminal() {
    return this != PENDING;
  }
}
