package dev.converge.outbox.delivery;

import io.vertx.core.Future;
import java.util.List;

/**
 * Handles polled entries: one transaction per batch, and message by message if a batch fails
 * because of one of its messages.
 */
final class BatchHandler<E> {
  private final int maxBatch;
  private final Transactions<E> transactions;
  private final FaultIsolation<E> isolation;
  private final HandledOffsets<E> offsets;

  BatchHandler(
      EntryReader<E> reader,
      Timing timing,
      DeliverySettings settings,
      Transactions<E> transactions,
      HandledOffsets<E> offsets) {
    this.maxBatch = settings.maxBatch();
    this.transactions = transactions;
    this.isolation = new FaultIsolation<>(reader, timing, settings, transactions);
    this.offsets = offsets;
  }

  /** Handles or parks all entries; fails if some have to be read again. */
  Future<Void> handle(List<E> polled) {
    return handleFrom(polled, 0);
  }

  // Two polls may return more than one transaction should hold.
  private Future<Void> handleFrom(List<E> polled, int from) {
    int to = Math.min(polled.size(), from + maxBatch);
    Future<Void> handled = handleBatch(polled.subList(from, to));
    return to == polled.size() ? handled : handled.compose(done -> handleFrom(polled, to));
  }

  private Future<Void> handleBatch(List<E> batch) {
    return transactions
        .handle(batch, offsets.after(batch))
        .<Void>compose(fresh -> settled(batch, fresh))
        .recover(cause -> failed(batch, cause));
  }

  private Future<Void> settled(List<E> batch, int fresh) {
    isolation.settled(batch, fresh);
    return Future.succeededFuture();
  }

  private Future<Void> failed(List<E> batch, Throwable cause) {
    return transactions
        .fault(cause)
        .compose(fault -> fault == Fault.ENVIRONMENT ? Future.failedFuture(cause) : isolate(batch));
  }

  // A message may be handled before an earlier one of its partition. The position moves after all.
  private Future<Void> isolate(List<E> batch) {
    return isolation.handle(batch).compose(done -> transactions.move(offsets.after(batch)));
  }
}
