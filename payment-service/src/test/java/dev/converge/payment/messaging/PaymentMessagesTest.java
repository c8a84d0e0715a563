package dev.converge.payment.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.UnprocessableMessageException;
import dev.converge.payment.domain.Charge;
import dev.converge.payment.domain.Payment.Cause;
import dev.converge.payment.domain.PaymentCommand;
import dev.converge.payment.domain.PaymentCommand.ChargePayment;
import dev.converge.payment.domain.PaymentCommand.RefundPayment;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Goal: each command is decoded, and nothing else is taken for one. Method: a message of each. */
class PaymentMessagesTest {
  private static final UUID ORDER = new UUID(0, 1);
  private static final Cause CAUSE = new Cause(new UUID(0, 9), "00-trace");

  private static PaymentCommand command(String type, String fields) {
    return PaymentMessages.command(
        new InboundMessage(
            CAUSE.commandId(),
            "dev.converge.payment." + type + ".v1",
            ORDER.toString(),
            "{\"orderId\":\"%s\"%s}".formatted(ORDER, fields),
            null,
            null,
            null,
            CAUSE.traceparent(),
            new InboundMessage.Source("any", 0, 0)));
  }

  @Test
  void decodesEachCommandWithItsCause() {
    assertThat(
            command(
                "ChargePayment",
                ",\"amountMinor\":1099,\"currency\":\"EUR\",\"paymentToken\":\"tok_ok\""))
        .isEqualTo(new ChargePayment(ORDER, new Charge(1_099, "EUR", "tok_ok"), CAUSE));
    assertThat(command("RefundPayment", "")).isEqualTo(new RefundPayment(ORDER, CAUSE));
  }

  @Test
  void refusesAReplyAsACommand() {
    assertThatThrownBy(() -> assertThat(command("PaymentRefunded", "")).isNull())
        .isInstanceOf(UnprocessableMessageException.class)
        .hasMessage("dev.converge.payment.PaymentRefunded.v1 is not a command");
  }

  @Test
  void everyMessageIsACommandOrAReply() {
    assertThat(
            Stream.of(PaymentMessages.Command.class, PaymentMessages.Reply.class)
                .flatMap(kind -> Stream.of(kind.getPermittedSubclasses())))
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(PaymentMessages.class.getDeclaredClasses()).filter(Class::isRecord).toList());
  }
}
