package dev.converge.lab.protocols;

import org.jspecify.annotations.Nullable;

/**
 * The effects of an order, once quiescent: when the transaction with each one was committed, in
 * microseconds since the epoch, by the clock of the one machine. Null for an effect that is not
 * there.
 *
 * @param orderAt the order is COMPLETED
 * @param stockAt its stock is shipped
 * @param moneyAt its money is taken
 */
record OrderEffects(
    String orderId, @Nullable Long orderAt, @Nullable Long stockAt, @Nullable Long moneyAt) {
  /** The ways in which effects disagree. */
  enum Divergence {
    SHIPPED_NOT_PAID("shipped, not paid"),
    PAID_NOT_SHIPPED("paid, not shipped"),
    NEITHER("complete, neither shipped nor paid"),
    NO_ORDER("shipped and paid, no complete order");

    private final String says;

    Divergence(String says) {
      this.says = says;
    }

    String says() {
      return says;
    }
  }

  boolean isWhole() {
    return orderAt != null && stockAt != null && moneyAt != null;
  }

  /** How the effects disagree; null if all are there, or none. */
  @Nullable Divergence divergence() {
    if (stockAt != null && moneyAt == null) {
      return Divergence.SHIPPED_NOT_PAID;
    }
    if (moneyAt != null && stockAt == null) {
      return Divergence.PAID_NOT_SHIPPED;
    }
    if (stockAt == null) {
      return orderAt == null ? null : Divergence.NEITHER;
    }
    return orderAt == null ? Divergence.NO_ORDER : null;
  }

  /** From the first effect's commit to the last one's, in milliseconds; null unless it is whole. */
  @Nullable Double windowMillis() {
    Long last = lastMicros();
    if (last == null || orderAt == null || stockAt == null || moneyAt == null) {
      return null;
    }
    return (last - Math.min(orderAt, Math.min(stockAt, moneyAt))) / 1_000.0;
  }

  /** When the last effect was committed; null unless it is whole. */
  @Nullable Long lastMicros() {
    return orderAt == null || stockAt == null || moneyAt == null
        ? null
        : (Long) Math.max(orderAt, Math.max(stockAt, moneyAt));
  }
}
