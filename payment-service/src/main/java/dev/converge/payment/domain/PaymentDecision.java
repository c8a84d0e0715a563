package dev.converge.payment.domain;

/**
 * What comes of a command or of the provider's answer.
 *
 * @param payment the order's payment from now on
 * @param reply what the order learns, if anything yet
 */
public record PaymentDecision(Payment payment, Reply reply) {

  /** What the order learns. */
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
}
