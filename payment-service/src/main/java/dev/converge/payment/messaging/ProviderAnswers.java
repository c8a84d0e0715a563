package dev.converge.payment.messaging;

import dev.converge.outbox.Outbox;
import dev.converge.payment.application.PaymentRepository;
import dev.converge.payment.domain.Payment;
import dev.converge.payment.domain.PaymentBatch;
import dev.converge.payment.domain.PaymentDecision;
import dev.converge.payment.domain.ProviderAnswer;
import dev.converge.service.postgres.GroupCommit;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Writes the provider's answers, many in one transaction: lock, decide ({@link PaymentBatch}),
 * write.
 */
final class ProviderAnswers {
  private static final int MAX_BATCH = 256;
  private static final Duration COMMIT_TIMEOUT = Duration.ofSeconds(5);

  private final Pool pool;
  private final PaymentRepository payments;
  private final PaymentBatchWriter writer;
  private final GroupCommit<ProviderAnswer, PaymentDecision> commits;

  /**
   * @param maxWaiting answers beyond this number that wait for a transaction are refused
   */
  ProviderAnswers(
      Vertx vertx,
      Pool pool,
      PaymentRepository payments,
      Outbox outbox,
      MeterRegistry meters,
      int maxWaiting) {
    this.pool = pool;
    this.payments = payments;
    this.writer = new PaymentBatchWriter(payments, outbox);
    this.commits =
        new GroupCommit<>(
            vertx, "payment.outcome", meters, MAX_BATCH, maxWaiting, Duration.ZERO, this::write);
  }

  /** Completes when the answer is committed. */
  Future<PaymentDecision> submit(ProviderAnswer answer) {
    return commits.submit(answer);
  }

  private Future<List<PaymentDecision>> write(List<ProviderAnswer> batch) {
    return pool.withTransaction(tx -> decideAndWrite(tx, batch))
        .timeout(COMMIT_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
  }

  private Future<List<PaymentDecision>> decideAndWrite(
      SqlConnection tx, List<ProviderAnswer> batch) {
    List<UUID> orderIds = batch.stream().map(ProviderAnswer::orderId).distinct().toList();
    return payments
        .lock(tx, orderIds)
        .compose(known -> write(tx, PaymentBatch.decideAnswers(batch, known), known));
  }

  // Without a lease: payments that still await the provider are claimed when they are due.
  private Future<List<PaymentDecision>> write(
      SqlConnection tx, PaymentBatch decided, Map<UUID, Payment> known) {
    return writer.write(tx, decided, known.keySet(), Duration.ZERO).map(decided.decisions());
  }
}
