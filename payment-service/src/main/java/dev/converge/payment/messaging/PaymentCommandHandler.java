package dev.converge.payment.messaging;

import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.MessageHandler;
import dev.converge.outbox.Outbox;
import dev.converge.outbox.UnprocessableMessageException;
import dev.converge.payment.domain.Payment;
import dev.converge.payment.domain.Payment.Cause;
import dev.converge.payment.domain.PaymentDecision;
import dev.converge.payment.domain.Payments;
import dev.converge.payment.messaging.PaymentMessages.ChargePayment;
import dev.converge.payment.messaging.PaymentMessages.RefundPayment;
import dev.converge.payment.postgres.PaymentRepository;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Handles a batch of commands: writes what is intended; {@link ProviderCalls} does it. */
public final class PaymentCommandHandler implements MessageHandler {
  public static final String TOPIC = PaymentMessages.COMMANDS_TOPIC;

  private final PaymentRepository payments;
  private final PaymentReplies replies;
  private final ProviderCalls calls;

  public PaymentCommandHandler(PaymentRepository payments, Outbox outbox, ProviderCalls calls) {
    this.payments = payments;
    this.replies = new PaymentReplies(payments, outbox);
    this.calls = calls;
  }

  private record Command(Record payload, UUID orderId, Cause cause) {}

  @Override
  public Future<Void> handle(SqlConnection tx, List<InboundMessage> batch) {
    List<Command> commands = batch.stream().map(PaymentCommandHandler::command).toList();
    List<UUID> orderIds = commands.stream().map(Command::orderId).distinct().toList();
    return payments.lock(tx, orderIds).compose(known -> replies.write(tx, decide(commands, known)));
  }

  @Override
  public void committed() {
    calls.hurry();
  }

  private static List<PaymentDecision> decide(List<Command> commands, Map<UUID, Payment> known) {
    Map<UUID, Payment> now = new HashMap<>(known);
    List<PaymentDecision> decisions = new ArrayList<>();
    for (Command command : commands) {
      PaymentDecision decision = decide(command, now.get(command.orderId()));
      now.put(command.orderId(), decision.payment());
      decisions.add(decision);
    }
    return decisions;
  }

  private static PaymentDecision decide(Command command, @Nullable Payment known) {
    return command.payload() instanceof ChargePayment charge
        ? Payments.charge(
            charge.orderId(),
            charge.amountMinor(),
            charge.currency(),
            charge.paymentToken(),
            known,
            command.cause())
        : Payments.refund(command.orderId(), known, command.cause());
  }

  private static Command command(InboundMessage message) {
    Record payload = PaymentMessages.TYPES.decode(message);
    @Nullable UUID orderId = null;
    if (payload instanceof ChargePayment charge) {
      requireAmount(charge);
      orderId = charge.orderId();
    } else if (payload instanceof RefundPayment refund) {
      orderId = refund.orderId();
    } else {
      throw new UnprocessableMessageException(message.type() + " is not a command");
    }
    if (orderId == null) {
      throw new UnprocessableMessageException(message.type() + ": orderId is missing");
    }
    return new Command(payload, orderId, new Cause(message.id(), message.traceparent()));
  }

  private static void requireAmount(ChargePayment charge) {
    if (charge.amountMinor() < 1 || charge.currency() == null || charge.paymentToken() == null) {
      throw new UnprocessableMessageException(
          "ChargePayment: amountMinor: "
              + charge.amountMinor()
              + " (expected: > 0, with currency and token)");
    }
  }
}
