package dev.converge.payment.domain;

import dev.converge.payment.domain.Payment.Cause;
import dev.converge.payment.domain.PaymentDecision.Reply;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The rules of charging and refunding. The intent is written before the provider is called, so that
 * a crash between the two is found and the call repeated with the same key; an order is told of an
 * outcome only when it is certain.
 */
public final class Payments {
  /** Failed calls after which a charge is given up on: undone at the provider, then declined. */
  public static final int MAX_CHARGE_ATTEMPTS = 5;

  private static final String UNAVAILABLE = "PROVIDER_UNAVAILABLE";

  private Payments() {}

  /** A command to take money. */
  public static PaymentDecision charge(
      UUID orderId,
      long amountMinor,
      String currency,
      String token,
      @Nullable Payment known,
      Cause cause) {
    if (known == null) {
      return PaymentDecision.silent(Payment.charging(orderId, amountMinor, currency, token, cause));
    }
    Payment served = known.servedFor(cause);
    return switch (known.status()) {
      case CHARGING, VOIDING -> PaymentDecision.silent(known);
      case CHARGED -> PaymentDecision.reply(served, Reply.CHARGED);
      case DECLINED -> PaymentDecision.reply(served, Reply.DECLINED);
      // Undone before it was done: the undo has been or will be answered, this do is refused.
      case REFUNDING -> PaymentDecision.silent(known);
      case REFUNDED -> PaymentDecision.reply(served, Reply.DECLINED);
    };
  }

  /** A command to give money back, or to see to it that none is ever taken. */
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

  /** The provider has taken the money. Of no account where the order has asked for it back. */
  public static PaymentDecision approved(Payment payment) {
    return payment.status() == PaymentStatus.CHARGING
        ? PaymentDecision.reply(payment.to(PaymentStatus.CHARGED), Reply.CHARGED)
        : PaymentDecision.silent(payment);
  }

  /** The provider has refused. */
  public static PaymentDecision declined(Payment payment, String reason) {
    return payment.status() == PaymentStatus.CHARGING
        ? PaymentDecision.reply(payment.declined(reason), Reply.DECLINED)
        : PaymentDecision.silent(payment);
  }

  /** The provider holds no money of this order, and will take none. */
  public static PaymentDecision undone(Payment payment) {
    return switch (payment.status()) {
      case REFUNDING -> PaymentDecision.reply(payment.to(PaymentStatus.REFUNDED), Reply.REFUNDED);
      case VOIDING -> PaymentDecision.reply(payment.declined(UNAVAILABLE), Reply.DECLINED);
      case CHARGING, CHARGED, DECLINED, REFUNDED -> PaymentDecision.silent(payment);
    };
  }

  /** A call failed or its answer was lost: what it did is not known. */
  public static PaymentDecision unanswered(Payment payment) {
    Payment attempted = payment.attempted();
    boolean givenUp =
        payment.status() == PaymentStatus.CHARGING && attempted.attempts() >= MAX_CHARGE_ATTEMPTS;
    return PaymentDecision.silent(givenUp ? payment.to(PaymentStatus.VOIDING) : attempted);
  }
}
