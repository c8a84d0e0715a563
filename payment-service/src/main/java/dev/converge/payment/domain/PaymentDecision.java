package dev.converge.payment.domain;

/**
 * The decision on a command or on an answer of the provider.
 *
 * @param payment the order's payment after it
 * @param reply the reply to the order, if the outcome is certain
 */
public record PaymentDecision(Payment payment, Reply reply) {

  /** The reply to the order. */
  public enum Reply {
    NONE,
    CHARGED,
    DECLINED,
    REFUNDED
  }

  static PaymentDecision silent(Payment payment) {
    return new PaymentDecision(payment, Reply.NONE);
  }

  static PaymentDecision reply(Payment payment, Reply reply) {
    return new PaymentDecision(payment.replied(), reply);
  }

  /** The reason of a {@link Reply#DECLINED}. */
  public String declineReason() {
    return payment.declineReason() == null ? "CANCELLED" : payment.declineReason();
  }
}
