package dev.converge.order.domain;

/** The state of an order, as its customer sees it. */
public enum OrderStatus {
  /** Accepted; its saga is under way. */
  PENDING,
  /** Paid and shipped. Final. */
  COMPLETED,
  /** Rejected, with a reason; every step that was done is undone. Final. */
  REJECTED,
  /** Cancelled by the customer; every step that was done is undone. Final. */
  CANCELLED;

  public boolean isTerminal() {
    return this != PENDING;
  }
}
