package dev.converge.payment.messaging;

import dev.converge.contracts.MessageFields;
import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.MessageTypes;
import dev.converge.outbox.Payload;
import dev.converge.outbox.UnprocessableMessageException;
import dev.converge.payment.domain.Charge;
import dev.converge.payment.domain.Payment.Cause;
import dev.converge.payment.domain.PaymentCommand;
import dev.converge.payment.domain.PaymentDecision;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The messages of the payment's contract. Their schemas are in infra/contracts. */
public final class PaymentMessages {
  static final String COMMANDS_TOPIC = "payment.commands";
  static final String REPLIES_TOPIC = "order.replies";

  /** A message that the payment service handles. */
  sealed interface Command {
    PaymentCommand toDomain(Cause cause);
  }

  /** A message that the payment service sends to the order. */
  sealed interface Reply {
    UUID orderId();
  }

  record ChargePayment(UUID orderId, long amountMinor, String currency, String paymentToken)
      implements Command {
    ChargePayment {
      MessageFields.requireRange("amountMinor", amountMinor, 1, MessageFields.MAX_AMOUNT_MINOR);
      MessageFields.requireCurrency("currency", currency);
      MessageFields.requireMatch("paymentToken", paymentToken, MessageFields.PAYMENT_TOKEN);
    }

    @Override
    public PaymentCommand toDomain(Cause cause) {
      Charge charge = new Charge(amountMinor, currency, paymentToken);
      return new PaymentCommand.ChargePayment(orderId, charge, cause);
    }
  }

  record RefundPayment(UUID orderId) implements Command {
    @Override
    public PaymentCommand toDomain(Cause cause) {
      return new PaymentCommand.RefundPayment(orderId, cause);
    }
  }

  record PaymentCharged(UUID orderId) implements Reply {}

  record PaymentDeclined(UUID orderId, String reason) implements Reply {
    private static final Set<String> REASONS =
        Set.of("CARD_DECLINED", "PROVIDER_UNAVAILABLE", "CANCELLED");

    PaymentDeclined {
      MessageFields.requireOneOf("reason", reason, REASONS);
    }
  }

  record PaymentRefunded(UUID orderId) implements Reply {}

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

  /** Decodes a command. */
  public static PaymentCommand command(InboundMessage message) {
    if (TYPES.decode(message) instanceof Command command) {
      return command.toDomain(new Cause(message.id(), message.traceparent()));
    }
    throw new UnprocessableMessageException(message.type() + " is not a command");
  }

  /** The reply that reports a decision to the order, if there is one. */
  public static Optional<Payload> reply(PaymentDecision decision) {
    // Every kind of reply is a record.
    return replyTo(decision).map(reply -> TYPES.encode((Record) reply));
  }

  private static Optional<Reply> replyTo(PaymentDecision decision) {
    UUID orderId = decision.payment().orderId();
    return switch (decision.reply()) {
      case NONE -> Optional.empty();
      case CHARGED -> Optional.of(new PaymentCharged(orderId));
      case DECLINED -> Optional.of(new PaymentDeclined(orderId, decision.declineReason()));
      case REFUNDED -> Optional.of(new PaymentRefunded(orderId));
    };
  }
}
