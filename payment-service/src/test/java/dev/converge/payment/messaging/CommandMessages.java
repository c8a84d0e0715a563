package dev.converge.payment.messaging;

import dev.converge.outbox.InboundMessage;
import java.util.UUID;

/** Messages as they arrive from Kafka, each with an id of its own. */
final class CommandMessages {
  static final String TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  private int messages;

  InboundMessage message(String type, UUID orderId, String fields) {
    messages++;
    return new InboundMessage(
        new UUID(9, messages),
        "dev.converge.payment." + type + ".v1",
        orderId.toString(),
        "{\"orderId\":\"%s\"%s}".formatted(orderId, fields),
        orderId,
        null,
        null,
        TRACEPARENT,
        new InboundMessage.Source(PaymentCommandHandler.TOPIC, 0, messages));
  }

  InboundMessage charge(UUID orderId) {
    return message(
        "ChargePayment",
        orderId,
        ",\"amountMinor\":1099,\"currency\":\"EUR\",\"paymentToken\":\"tok_ok\"");
  }

  InboundMessage refund(UUID orderId) {
    return message("RefundPayment", orderId, "");
  }
}
