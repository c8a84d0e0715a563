package dev.converge.payment.messaging;

import dev.converge.contracts.MessageFields;
import dev.converge.outbox.MessageTypes;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The messages of the payment's contract; their schemas stand in infra/contracts. */
final class PaymentMessages {
  static final String COMMANDS_TOPIC = "payment.commands";
  static final String REPLIES_TOPIC = "order.replies";

  record ChargePayment(UUID orderId, long amountMinor, String currency, String paymentToken) {
    ChargePayment {
      MessageFields.requireRange("amountMinor", amountMinor, 1, MessageFields.MAX_AMOUNT_MINOR);
      MessageFields.requireCurrency("currency", currency);
      MessageFields.requireMatch("paymentToken", paymentToken, MessageFields.PAYMENT_TOKEN);
    }
  }

  record RefundPayment(UUID orderId) {}

  record PaymentCharged(UUID orderId) {}

  record PaymentDeclined(UUID orderId, String reason) {
    private static final Set<String> REASONS =
        Set.of("CARD_DECLINED", "PROVIDER_UNAVAILABLE", "CANCELLED");

    PaymentDeclined {
      MessageFields.requireOneOf("reason", reason, REASONS);
    }
  }

  record PaymentRefunded(UUID orderId) {}

  static final MessageTypes TYPES =
      new MessageTypes(
          "orderId",
          Map.of(
              "dev.converge.payment.ChargePayment.v1", ChargePayment.class,
              "dev.converge.payment.RefundPayment.v1", RefundPayment.class,
              "dev.converge.payment.PaymentCharged.v1", PaymentCharged.class,
              "dev.converge.payment.PaymentDeclined.v1", PaymentDeclined.class,
              "dev.converge.payment.PaymentRefunded.v1", PaymentRefunded.class));

  private PaymentMessages() {}
}
