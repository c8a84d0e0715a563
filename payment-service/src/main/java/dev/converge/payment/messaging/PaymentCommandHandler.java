package dev.converge.payment.messaging;

import dev.converge.outbox.AfterCommit;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Handles a batch of commands: writes what is intended; {@link ProviderCalls} does it. */
public final class PaymentCommandHandler implements MessageHandler {
  public static final String TOPIC = PaymentMessages.COMMANDS_TOPIC;
  public static final String REPLIES_TOPIC = PaymentMessages.REPLIES_TOPIC;

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
  public Future<AfterCommit> handle(SqlConnection tx, List<InboundMessage> batch) {
    List<Command> commands = batch.stream().map(PaymentCommandHandler::command).toList();
    List<UUID> orderIds = commands.stream().map(Command::orderId).distinct().toList();
    return payments.lock(tx, orderIds).compose(known -> write(tx, commands, known));
  }

  private Future<AfterCommit> write(
      SqlConnection tx, List<Command> commands, Map<UUID, Payment> known) {
    List<PaymentDecision> decisions = decide(commands, known);
    List<Payment> leased = toCall(decisions, known);
    return replies
        .write(tx, decisions, known.keySet(), ProviderCalls.LEASE)
        .map(written -> () -> calls.take(leased));
  }

  /** The payments, as they are now, that began to await the provider. */
  private static List<Payment> toCall(List<PaymentDecision> decisions, Map<UUID, Payment> known) {
    Map<UUID, Payment> last = new LinkedHashMap<>();
    decisions.forEach(decision -> last.put(decision.payment().orderId(), decision.payment()));
    return last.values().stream()
        .filter(payment -> payment.status().awaitsProvider())
        .filter(payment -> !isInHand(payment, known.get(payment.orderId())))
        .toList();
  }

  // Written as it was: whoever holds its lease calls for it.
  private static boolean isInHand(Payment payment, @Nullable Payment before) {
    return before != null
        && before.status() == payment.status()
        && before.attempts() == payment.attempts();
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
    Cause cause = new Cause(message.id(), message.traceparent());
    if (payload instanceof ChargePayment charge) {
      return new Command(payload, charge.orderId(), cause);
    }
    if (payload instanceof RefundPayment refund) {
      return new Command(payload, refund.orderId(), cause);
    }
    throw new UnprocessableMessageException(message.type() + " is not a command");
  }
}
