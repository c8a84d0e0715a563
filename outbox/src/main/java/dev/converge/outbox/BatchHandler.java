package dev.converge.outbox;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Handles polled records: one transaction per batch, and message by message if a batch fails
 * because of one of its messages.
 */
final class BatchHandler {
  /** The transactions in which a batch, or one message of it, is handled. */
  interface Transactions extends FaultIsolation.Steps {
    /**
     * Handles a batch and moves the consumer's position.
     *
     * @return how many messages of the batch were new
     */
    Future<Integer> handle(List<ConsumerRecord<byte[], byte[]>> batch, ConsumerPosition after);

    /** Moves the consumer's position, after messages that were handled one by one. */
    Future<Void> move(ConsumerPosition after);
  }

  private final ConsumerConfig config;
  private final Transactions transactions;
  private final FaultIsolation isolation;
  private final HandledOffsets offsets;
  private final ConsumerMetrics metrics;

  BatchHandler(
      Vertx vertx,
      ConsumerConfig config,
      Transactions transactions,
      HandledOffsets offsets,
      ConsumerMetrics metrics) {
    this.config = config;
    this.transactions = transactions;
    this.isolation =
        new FaultIsolation(
            vertx, config.retry(), new Suspects(config.retry().attempts()), transactions);
    this.offsets = offsets;
    this.metrics = metrics;
  }

  /** Handles or parks all records; fails if some have to be read again. */
  Future<Void> handle(List<ConsumerRecord<byte[], byte[]>> polled) {
    return handleFrom(polled, 0);
  }

  // Two polls may return more than one transaction should hold.
  private Future<Void> handleFrom(List<ConsumerRecord<byte[], byte[]>> polled, int from) {
    int to = Math.min(polled.size(), from + config.maxBatch());
    Future<Void> handled = handleBatch(polled.subList(from, to));
    return to == polled.size() ? handled : handled.compose(done -> handleFrom(polled, to));
  }

  private Future<Void> handleBatch(List<ConsumerRecord<byte[], byte[]>> batch) {
    metrics.batch(batch.size());
    return transactions
        .handle(batch, offsets.after(batch))
        .<Void>compose(fresh -> settled(batch, fresh))
        .recover(cause -> failed(batch, cause));
  }

  private Future<Void> settled(List<ConsumerRecord<byte[], byte[]>> batch, int fresh) {
    isolation.settled(batch, fresh);
    return Future.succeededFuture();
  }

  private Future<Void> failed(List<ConsumerRecord<byte[], byte[]>> batch, Throwable cause) {
    return transactions
        .fault(cause)
        .compose(fault -> fault == Fault.ENVIRONMENT ? Future.failedFuture(cause) : isolate(batch));
  }

  // A message may be handled before an earlier one of its partition. The position moves after all.
  private Future<Void> isolate(List<ConsumerRecord<byte[], byte[]>> batch) {
    return isolation.handle(batch).compose(done -> transactions.move(offsets.after(batch)));
  }
}
