package dev.converge.payment.messaging;

import dev.converge.outbox.AfterCommit;
import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.MessageHandler;
import dev.converge.outbox.Outbox;
import dev.converge.payment.application.PaymentRepository;
import dev.converge.payment.domain.Payment;
import dev.converge.payment.domain.PaymentBatch;
import dev.converge.payment.domain.PaymentCommand;
import dev.converge.payment.domain.ProviderCall;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Handles a batch of commands: decode, lock, decide ({@link PaymentBatch}), write. After the commit
 * {@link ProviderCalls} calls the provider.
 */
public final class PaymentCommandHandler implements MessageHandler {
  public static final String TOPIC = PaymentMessages.COMMANDS_TOPIC;
  public static final String REPLIES_TOPIC = PaymentMessages.REPLIES_TOPIC;

  private final PaymentRepository payments;
  private final PaymentBatchWriter writer;
  private final Consumer<List<Payment>> calls;

  public PaymentCommandHandler(PaymentRepository payments, Outbox outbox, ProviderCalls calls) {
    this(payments, outbox, calls::take);
  }

  /**
   * @param calls gets the payments that a committed batch leased for their first call
   */
  PaymentCommandHandler(PaymentRepository payments, Outbox outbox, Consumer<List<Payment>> calls) {
    this.payments = payments;
    this.writer = new PaymentBatchWriter(payments, outbox);
    this.calls = calls;
  }

  @Override
  public Future<AfterCommit> handle(SqlConnection tx, List<InboundMessage> batch) {
    List<PaymentCommand> commands = batch.stream().map(PaymentMessages::command).toList();
    List<UUID> orderIds = commands.stream().map(PaymentCommand::orderId).distinct().toList();
    return payments
        .lock(tx, orderIds)
        .compose(known -> write(tx, PaymentBatch.decide(commands, known), known));
  }

  private Future<AfterCommit> write(
      SqlConnection tx, PaymentBatch decided, Map<UUID, Payment> known) {
    return writer
        .write(tx, decided, known.keySet(), ProviderCall.LEASE)
        .map(written -> () -> calls.accept(decided.toCall()));
  }
}
