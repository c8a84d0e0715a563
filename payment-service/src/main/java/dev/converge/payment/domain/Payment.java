package dev.converge.payment.domain;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The payment of one order.
 *
 * @param amountMinor in minor units of the currency
 * @param currency ISO 4217
 * @param token stands for the customer's means of payment at the provider
 * @param declineReason why it was declined, if it was
 * @param replies replies given so far; the sequence number of the last
 * @param commandId the command being served, which the reply names as its cause
 * @param traceparent the trace the reply continues
 * @param attempts failed calls to the provider since the status last changed
 */
public record Payment(
    UUID orderId,
    PaymentStatus status,
    long amountMinor,
    String currency,
    String token,
    @Nullable String declineReason,
    long replies,
    UUID commandId,
    @Nullable String traceparent,
    int attempts) {

  /** The payment that a charge begins. */
  static Payment charging(
      UUID orderId, long amountMinor, String currency, String token, Cause cause) {
    return new Payment(
        orderId,
        PaymentStatus.CHARGING,
        amountMinor,
        currency,
        token,
        null,
        0,
        cause.commandId(),
        cause.traceparent(),
        0);
  }

  /** What stands in the way of a charge whose undo came first. */
  static Payment tombstone(UUID orderId, Cause cause) {
    return new Payment(
        orderId,
        PaymentStatus.REFUNDED,
        0,
        "XXX",
        "",
        null,
        0,
        cause.commandId(),
        cause.traceparent(),
        0);
  }

  Payment to(PaymentStatus next) {
    return new Payment(
        orderId,
        next,
        amountMinor,
        currency,
        token,
        declineReason,
        replies,
        commandId,
        traceparent,
        0);
  }

  Payment declined(String reason) {
    return new Payment(
        orderId,
        PaymentStatus.DECLINED,
        amountMinor,
        currency,
        token,
        reason,
        replies,
        commandId,
        traceparent,
        0);
  }

  Payment servedFor(Cause cause) {
    return new Payment(
        orderId,
        status,
        amountMinor,
        currency,
        token,
        declineReason,
        replies,
        cause.commandId(),
        cause.traceparent(),
        attempts);
  }

  Payment replied() {
    return new Payment(
        orderId,
        status,
        amountMinor,
        currency,
        token,
        declineReason,
        replies + 1,
        commandId,
        traceparent,
        attempts);
  }

  Payment attempted() {
    return new Payment(
        orderId,
        status,
        amountMinor,
        currency,
        token,
        declineReason,
        replies,
        commandId,
        traceparent,
        attempts + 1);
  }

  /** The command that a payment serves and the trace it belongs to. */
  public record Cause(UUID commandId, @Nullable String traceparent) {}
}
