package dev.converge.payment.domain;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The payment of one order.
 *
 * @param declineReason why it was declined, if it was
 * @param attempts failed calls to the provider since the status last changed
 * @param cause the command that the next reply answers
 * @param replies replies sent so far; the sequence number of the last one
 */
public record Payment(
    UUID orderId,
    Charge charge,
    PaymentStatus status,
    @Nullable String declineReason,
    int attempts,
    Cause cause,
    long replies) {

  /**
   * A command that a payment serves.
   *
   * @param traceparent the trace that the reply continues
   */
  public record Cause(UUID commandId, @Nullable String traceparent) {}

  /** A new payment, to be charged. */
  static Payment charging(UUID orderId, Charge charge, Cause cause) {
    return new Payment(orderId, charge, PaymentStatus.CHARGING, null, 0, cause, 0);
  }

  /** A payment that a transaction has charged, without a command. */
  public static Payment charged(UUID orderId, Charge charge) {
    Cause cause = new Cause(orderId, null);
    return new Payment(orderId, charge, PaymentStatus.CHARGED, null, 0, cause, 0);
  }

  /** A payment whose refund arrived before its charge: refuses the charge. */
  static Payment tombstone(UUID orderId, Cause cause) {
    return new Payment(orderId, Charge.NONE, PaymentStatus.REFUNDED, null, 0, cause, 0);
  }

  Payment to(PaymentStatus next) {
    return new Payment(orderId, charge, next, declineReason, 0, cause, replies);
  }

  Payment declined(String reason) {
    return new Payment(orderId, charge, PaymentStatus.DECLINED, reason, 0, cause, replies);
  }

  Payment servedFor(Cause next) {
    return new Payment(orderId, charge, status, declineReason, attempts, next, replies);
  }

  Payment replied() {
    return new Payment(orderId, charge, status, declineReason, attempts, cause, replies + 1);
  }

  Payment attempted() {
    return new Payment(orderId, charge, status, declineReason, attempts + 1, cause, replies);
  }
}
