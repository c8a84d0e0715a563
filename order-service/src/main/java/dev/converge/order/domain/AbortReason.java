package dev.converge.order.domain;

/** Why an order is rejected or cancelled. */
public enum AbortReason {
  OUT_OF_STOCK(OrderStatus.REJECTED),
  PAYMENT_DECLINED(OrderStatus.REJECTED),
  /** The payment provider could not be reached; no money was taken. */
  PAYMENT_UNAVAILABLE(OrderStatus.REJECTED),
  /** The currency was withdrawn after the order was placed; no money was taken. */
  CURRENCY_WITHDRAWN(OrderStatus.REJECTED),
  /** A step took longer than its deadline. */
  TIMED_OUT(OrderStatus.REJECTED),
  CANCELLED_BY_CUSTOMER(OrderStatus.CANCELLED),
  /** An operator compensated the saga because it could not be finished. */
  COMPENSATED_BY_OPERATOR(OrderStatus.REJECTED);

  private final OrderStatus outcome;

  AbortReason(OrderStatus outcome) {
    this.outcome = outcome;
  }

  /** How an order aborted for this reason ends. */
  public OrderStatus outcome() {
    return outcome;
  }
}
