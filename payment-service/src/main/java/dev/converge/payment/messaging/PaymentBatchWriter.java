package dev.converge.payment.messaging;

import dev.converge.outbox.MessageOrigin;
import dev.converge.outbox.Outbox;
import dev.converge.outbox.OutboxMessage;
import dev.converge.outbox.Payload;
import dev.converge.payment.application.PaymentRepository;
import dev.converge.payment.domain.Payment;
import dev.converge.payment.domain.PaymentBatch;
import dev.converge.payment.domain.PaymentDecision;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Writes a decided batch: the payments and the replies, in one transaction. */
final class PaymentBatchWriter {
  private final PaymentRepository payments;
  private final Outbox outbox;

  PaymentBatchWriter(PaymentRepository payments, Outbox outbox) {
    this.payments = payments;
    this.outbox = outbox;
  }

  /**
   * Writes a batch.
   *
   * @param known the orders whose payments were already in the table
   * @param lease how long payments that await their first call are leased to the caller
   */
  Future<Void> write(SqlConnection tx, PaymentBatch batch, Set<UUID> known, Duration lease) {
    List<OutboxMessage> replies =
        batch.decisions().stream()
            .map(PaymentBatchWriter::message)
            .flatMap(Optional::stream)
            .toList();
    // Pipelined: the database executes the statements in this order.
    return Future.join(
            payments.save(tx, batch.payments(), known, lease), outbox.append(tx, replies))
        .mapEmpty();
  }

  private static Optional<OutboxMessage> message(PaymentDecision decision) {
    return PaymentMessages.reply(decision).map(reply -> message(decision.payment(), reply));
  }

  private static OutboxMessage message(Payment payment, Payload reply) {
    MessageOrigin origin =
        new MessageOrigin(
            payment.orderId(), payment.cause().commandId(), payment.cause().traceparent());
    return new OutboxMessage(
            PaymentMessages.REPLIES_TOPIC, payment.orderId().toString(), payment.replies(), reply)
        .withOrigin(origin);
  }
}
