package dev.converge.payment.messaging;

import dev.converge.outbox.MessageOrigin;
import dev.converge.outbox.Outbox;
import dev.converge.outbox.OutboxMessage;
import dev.converge.payment.domain.Payment;
import dev.converge.payment.domain.PaymentDecision;
import dev.converge.payment.messaging.PaymentMessages.PaymentCharged;
import dev.converge.payment.messaging.PaymentMessages.PaymentDeclined;
import dev.converge.payment.messaging.PaymentMessages.PaymentRefunded;
import dev.converge.payment.postgres.PaymentRepository;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Writes what was decided: the payments and the replies, in one transaction. */
final class PaymentReplies {
  private final PaymentRepository payments;
  private final Outbox outbox;

  PaymentReplies(PaymentRepository payments, Outbox outbox) {
    this.payments = payments;
    this.outbox = outbox;
  }

  /**
   * Writes decisions, in the order in which they were made.
   *
   * @param known the payments that stood in the table when they were locked
   * @param lease how long payments that await their first call are left to the caller
   */
  Future<Void> write(
      SqlConnection tx, List<PaymentDecision> decisions, Set<UUID> known, Duration lease) {
    Map<UUID, Payment> last = new LinkedHashMap<>();
    decisions.forEach(decision -> last.put(decision.payment().orderId(), decision.payment()));
    List<OutboxMessage> replies =
        decisions.stream().map(PaymentReplies::message).filter(m -> m != null).toList();
    // Sent one after the other without waiting in between: the database takes them in this order.
    return Future.join(
            payments.save(tx, List.copyOf(last.values()), known, lease), outbox.append(tx, replies))
        .mapEmpty();
  }

  private static @Nullable OutboxMessage message(PaymentDecision decision) {
    Record payload = payload(decision);
    if (payload == null) {
      return null;
    }
    Payment payment = decision.payment();
    return new OutboxMessage(
            PaymentMessages.REPLIES_TOPIC,
            payment.orderId().toString(),
            payment.replies(),
            PaymentMessages.TYPES.encode(payload))
        .withOrigin(
            new MessageOrigin(payment.orderId(), payment.commandId(), payment.traceparent()));
  }

  private static @Nullable Record payload(PaymentDecision decision) {
    Payment payment = decision.payment();
    return switch (decision.reply()) {
      case NONE -> null;
      case CHARGED -> new PaymentCharged(payment.orderId());
      case DECLINED ->
          new PaymentDeclined(
              payment.orderId(),
              payment.declineReason() == null ? "CANCELLED" : payment.declineReason());
      case REFUNDED -> new PaymentRefunded(payment.orderId());
    };
  }
}
