package dev.converge.payment.domain;

import dev.converge.payment.domain.Payment.Cause;
import dev.converge.payment.domain.PaymentDecision.Reply;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The rules of charging and refunding. The intent is written before the provider is called, so that
 * after a crash the call is repeated with the same key. The order gets a reply only when the
 * outcome is certain.
 */
public final class Payments {
  /** Failed calls after which a charge is abandoned: undone at the provider, then declined. */
  public static final int MAX_CHARGE_ATTEMPTS = 5;

  private static final String UNAVAILABLE = "PROVIDER_UNAVAILABLE";
  private static final Duration FIRST_BACKOFF = Duration.ofMillis(200);
  private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(10);
  private static final int MAX_DOUBLINGS = 10;

  private Payments() {}

  /** Decides on a command to charge the customer. */
  public static PaymentDecision charge(
      UUID orderId, Charge charge, @Nullable Payment known, Cause cause) {
    if (known == null) {
      return PaymentDecision.silent(Payment.charging(orderId, charge, cause));
    }
    Payment served = known.servedFor(cause);
    return switch (known.status()) {
      case CHARGING, VOIDING -> PaymentDecision.silent(known);
      case CHARGED -> PaymentDecision.reply(served, Reply.CHARGED);
      case DECLINED -> PaymentDecision.reply(served, Reply.DECLINED);
      // The refund came first: it has been or will be answered, and the charge is refused.
      case REFUNDING -> PaymentDecision.silent(known);
      case REFUNDED -> PaymentDecision.reply(served, Reply.DECLINED);
    };
  }

  /** Decides on a command to refund the customer, or to prevent a later charge. */
  public static PaymentDecision refund(UUID orderId, @Nullable Payment known, Cause cause) {
    if (known == null) {
      return PaymentDecision.reply(Payment.tombstone(orderId, cause), Reply.REFUNDED);
    }
    Payment served = known.servedFor(cause);
    return switch (known.status()) {
      case CHARGING, CHARGED, VOIDING -> PaymentDecision.silent(served.to(PaymentStatus.REFUNDING));
      case REFUNDING -> PaymentDecision.silent(served);
      case DECLINED, REFUNDED ->
          PaymentDecision.reply(served.to(PaymentStatus.REFUNDED), Reply.REFUNDED);
    };
  }

  /** The provider charged the customer. Has no effect if the order requested a refund since. */
  public static PaymentDecision approved(Payment payment) {
    return payment.status() == PaymentStatus.CHARGING
        ? PaymentDecision.reply(payment.to(PaymentStatus.CHARGED), Reply.CHARGED)
        : PaymentDecision.silent(payment);
  }

  /** The provider refused the charge. */
  public static PaymentDecision declined(Payment payment, String reason) {
    return payment.status() == PaymentStatus.CHARGING
        ? PaymentDecision.reply(payment.declined(reason), Reply.DECLINED)
        : PaymentDecision.silent(payment);
  }

  /** The provider holds no money of this order and will not charge it later. */
  public static PaymentDecision undone(Payment payment) {
    return switch (payment.status()) {
      case REFUNDING -> PaymentDecision.reply(payment.to(PaymentStatus.REFUNDED), Reply.REFUNDED);
      case VOIDING -> PaymentDecision.reply(payment.declined(UNAVAILABLE), Reply.DECLINED);
      case CHARGING, CHARGED, DECLINED, REFUNDED -> PaymentDecision.silent(payment);
    };
  }

  /** A call failed or its answer was lost: its effect is unknown. */
  public static PaymentDecision unanswered(Payment payment) {
    Payment attempted = payment.attempted();
    boolean abandoned =
        payment.status() == PaymentStatus.CHARGING && attempted.attempts() >= MAX_CHARGE_ATTEMPTS;
    return PaymentDecision.silent(abandoned ? payment.to(PaymentStatus.VOIDING) : attempted);
  }

  /**
   * How long after it is written a payment is due for the next call. Without failed calls this is
   * when the lease of its writer expires. After failed calls it is a backoff that doubles.
   */
  public static Duration untilNextAttempt(Payment payment, Duration lease) {
    if (payment.attempts() == 0) {
      return lease;
    }
    Duration backoff =
        FIRST_BACKOFF.multipliedBy(1L << Math.min(payment.attempts() - 1, MAX_DOUBLINGS));
    return backoff.compareTo(LONGEST_BACKOFF) < 0 ? backoff : LONGEST_BACKOFF;
  }
}
