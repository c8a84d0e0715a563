package dev.converge.outbox;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.converge.faults.TransientFaults;
import dev.converge.outbox.MessagingSpans.Processing;
import dev.converge.outbox.delivery.ConsumerPosition;
import dev.converge.outbox.delivery.Fault;
import dev.converge.outbox.delivery.Transactions;
import io.vertx.core.Future;
import io.vertx.core.VertxException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles records in one transaction: deduplicates them by the inbox, calls the handler and moves
 * the consumer's position. All of it commits, or nothing.
 */
final class BatchTransaction implements Transactions<ConsumerRecord<byte[], byte[]>> {
  private static final Logger LOG = LoggerFactory.getLogger(BatchTransaction.class);

  private final ConsumerConfig config;
  private final Pool pool;
  private final MessageHandler handler;
  private final Inbox inbox;
  private final InboxPositions positions;
  private final DeadLetters deadLetters;
  private final MessagingSpans spans;
  private final ConsumerMetrics metrics;
  // Duplicates arrive in runs, after a crash or a rebalance. Until a batch has none, each batch is
  // deduplicated before the handler is called.
  private boolean expectDuplicates = true;

  /**
   * The result of a transaction.
   *
   * @param fresh the new messages; the others of the batch were duplicates
   */
  private record Handled(List<InboundMessage> fresh, AfterCommit afterCommit) {}

  BatchTransaction(
      ConsumerConfig config,
      Pool pool,
      MessageHandler handler,
      MessagingSpans spans,
      ConsumerMetrics metrics) {
    this.config = config;
    this.pool = pool;
    this.handler = handler;
    this.inbox = new Inbox(config.name());
    this.positions = new InboxPositions(config.name(), config.topic());
    this.deadLetters = new DeadLetters(pool);
    this.spans = spans;
    this.metrics = metrics;
  }

  @Override
  public Future<Integer> handle(
      List<ConsumerRecord<byte[], byte[]>> batch, ConsumerPosition after) {
    metrics.batch(batch.size());
    return handleRecords(batch, after);
  }

  private Future<Integer> handleRecords(
      List<ConsumerRecord<byte[], byte[]>> batch, ConsumerPosition after) {
    Map<UUID, Processing> processing = new LinkedHashMap<>();
    try {
      for (ConsumerRecord<byte[], byte[]> entry : batch) {
        InboundMessage message = Records.message(entry);
        if (!processing.containsKey(message.id())) {
          processing.put(message.id(), spans.process(message, config.name()));
        }
      }
    } catch (UnprocessableMessageException e) {
      processing.values().forEach(started -> started.failed(e));
      return Future.failedFuture(e);
    }
    return deduplicated(processing, after)
        .onSuccess(committed -> committed(batch.size(), committed.fresh()))
        .onSuccess(committed -> processing.values().forEach(Processing::succeeded))
        .onSuccess(committed -> committed.afterCommit().run())
        .onFailure(cause -> processing.values().forEach(started -> started.failed(cause)))
        .map(committed -> committed.fresh().size());
  }

  private void committed(int messages, List<InboundMessage> fresh) {
    metrics.committed(messages, fresh.size());
    metrics.delivered(fresh, Instant.now());
    expectDuplicates = fresh.size() < messages;
  }

  @Override
  public Future<Integer> handleAlone(ConsumerRecord<byte[], byte[]> entry) {
    return handleRecords(List.of(entry), ConsumerPosition.UNCHANGED);
  }

  @Override
  public Future<Void> move(ConsumerPosition after) {
    return positions
        .move(pool, after)
        .timeout(config.transactionTimeout().toMillis(), MILLISECONDS);
  }

  private Future<Handled> deduplicated(Map<UUID, Processing> processing, ConsumerPosition after) {
    return expectDuplicates
        ? inTransaction(tx -> handleUnseen(tx, processing), after)
        : inTransaction(tx -> handleAll(tx, processing), after)
            .recover(
                cause ->
                    Inbox.isDuplicate(cause)
                        ? inTransaction(tx -> handleUnseen(tx, processing), after)
                        : Future.failedFuture(cause));
  }

  /** Runs work and moves the consumer's position, in one transaction. */
  private <T> Future<T> inTransaction(
      Function<SqlConnection, Future<T>> work, ConsumerPosition after) {
    return pool.withTransaction(tx -> workAndMove(tx, work, after))
        .timeout(config.transactionTimeout().toMillis(), MILLISECONDS);
  }

  private <T> Future<T> workAndMove(
      SqlConnection tx, Function<SqlConnection, Future<T>> work, ConsumerPosition after) {
    // The statements are pipelined: if one fails, the transaction does.
    Future<T> worked = work.apply(tx);
    Future<Void> moved = positions.move(tx, after);
    return Future.join(worked, moved)
        .transform(
            done ->
                moved.failed() && TransientFaults.isFollowUp(worked.cause())
                    ? Future.failedFuture(moved.cause())
                    : worked.compose(result -> moved.map(result)));
  }

  private Future<Handled> handleAll(SqlConnection tx, Map<UUID, Processing> processing) {
    // The handler's first statement is pipelined behind the inbox's. If the latter fails, the
    // database refuses everything after it in this transaction.
    Future<Void> marked = inbox.insertAll(tx, processing.keySet());
    Future<Handled> handled = handleFresh(tx, processing, processing.keySet());
    return Future.join(marked, handled).transform(done -> marked.compose(seen -> handled));
  }

  private Future<Handled> handleUnseen(SqlConnection tx, Map<UUID, Processing> processing) {
    return inbox
        .insertUnseen(tx, processing.keySet())
        .compose(fresh -> handleFresh(tx, processing, fresh));
  }

  private Future<Handled> handleFresh(
      SqlConnection tx, Map<UUID, Processing> processing, Set<UUID> fresh) {
    List<InboundMessage> messages =
        processing.values().stream()
            .map(Processing::message)
            .filter(message -> fresh.contains(message.id()))
            .toList();
    return messages.isEmpty()
        ? Future.succeededFuture(new Handled(List.of(), AfterCommit.NOTHING))
        : handler.handle(tx, messages).map(follows -> new Handled(messages, follows));
  }

  @Override
  public Future<Void> rehearse(ConsumerRecord<byte[], byte[]> entry) {
    VertxException rolledBack = VertxException.noStackTrace("rolled back");
    return Future.succeededFuture(entry)
        .map(Records::message)
        .compose(
            message ->
                pool.withTransaction(
                    tx ->
                        handleIfUnseen(tx, message)
                            .compose(handled -> Future.failedFuture(rolledBack))))
        .timeout(config.transactionTimeout().toMillis(), MILLISECONDS)
        .transform(
            done ->
                done.cause() == rolledBack
                    ? Future.succeededFuture()
                    : Future.failedFuture(done.cause()));
  }

  private Future<Void> handleIfUnseen(SqlConnection tx, InboundMessage message) {
    return inbox
        .insertUnseen(tx, List.of(message.id()))
        .compose(
            fresh ->
                fresh.isEmpty()
                    ? Future.failedFuture(VertxException.noStackTrace("seen before"))
                    : handler.handle(tx, List.of(message)).mapEmpty());
  }

  @Override
  public Future<Fault> fault(Throwable cause) {
    return WriteProbe.fault(cause, pool);
  }

  @Override
  public Future<Void> park(ConsumerRecord<byte[], byte[]> entry, Throwable cause) {
    UUID id = Records.idOf(entry);
    return inTransaction(tx -> parkUnseen(tx, entry, id, cause), ConsumerPosition.UNCHANGED)
        .onSuccess(isNew -> parked(entry, cause, isNew))
        .mapEmpty();
  }

  /** Completes with false if the dead letter was delivered again and is parked already. */
  private Future<Boolean> parkUnseen(
      SqlConnection tx, ConsumerRecord<byte[], byte[]> entry, UUID id, Throwable cause) {
    return inbox
        .insertUnseen(tx, List.of(id))
        .compose(
            fresh ->
                fresh.isEmpty()
                    ? Future.succeededFuture(false)
                    : deadLetters.park(tx, config.name(), id, entry, cause).map(true));
  }

  private void parked(ConsumerRecord<byte[], byte[]> entry, Throwable cause, boolean isNew) {
    if (isNew) {
      metrics.parked();
      LOG.error(
          "{}: parked {}-{}@{}",
          config.name(),
          entry.topic(),
          entry.partition(),
          entry.offset(),
          cause);
    }
  }
}
