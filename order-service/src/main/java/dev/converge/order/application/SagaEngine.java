package dev.converge.order.application;

import dev.converge.faults.UnexpectedRowsException;
import dev.converge.order.domain.Order;
import dev.converge.order.saga.OrderSaga;
import dev.converge.order.saga.ParticipantMessages;
import dev.converge.order.saga.SagaBatch;
import dev.converge.order.saga.SagaBatch.Event;
import dev.converge.order.saga.SagaDecision;
import dev.converge.order.saga.SagaDefinition;
import dev.converge.outbox.AfterCommit;
import dev.converge.outbox.MessageOrigin;
import dev.converge.outbox.Outbox;
import dev.converge.outbox.OutboxMessage;
import dev.converge.outbox.UnprocessableMessageException;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Moves sagas: locks them, decides ({@link SagaBatch}), and writes the result. */
public final class SagaEngine {
  /**
   * PostgreSQL writes a commit to its log, from which it is published, before other sessions see
   * its rows (CommitTransaction in xact.c). Where a processor is busy, the reply is sometimes
   * faster.
   */
  private static final Duration VISIBLE_WITHIN = Duration.ofSeconds(10);

  private static final int UUID_MILLIS_SHIFT = 16;

  private final SagaDefinition definition;
  private final SagaRepository sagas;
  private final Outbox outbox;
  private final SagaFollowUp followUp;
  private final Clock clock;

  public SagaEngine(
      SagaDefinition definition,
      SagaRepository sagas,
      Outbox outbox,
      SagaFollowUp followUp,
      Clock clock) {
    this.definition = definition;
    this.sagas = sagas;
    this.outbox = outbox;
    this.followUp = followUp;
    this.clock = clock;
  }

  /**
   * The result of signals.
   *
   * @param decisions one for each event, in the order of the events
   * @param afterCommit the caller runs this once its transaction has committed
   */
  public record Signalled(List<SagaDecision> decisions, AfterCommit afterCommit) {}

  /** Starts the sagas of new orders, in the transaction that inserts the orders. */
  public Future<Void> start(SqlConnection tx, List<Order> placed) {
    SagaBatch batch = SagaBatch.start(definition, placed, clock.instant());
    return Future.join(
            sagas.insert(tx, batch.moved()),
            sagas.log(tx, batch.transitions()),
            outbox.append(tx, messages(batch)))
        .mapEmpty();
  }

  /**
   * Applies events to their sagas, one after another, in this transaction.
   *
   * @return failed with {@link UnprocessableMessageException} if an order has no saga; with {@link
   *     UnexpectedRowsException}, so that it is tried again, if the order is so young that its rows
   *     may not be visible yet
   */
  public Future<Signalled> signal(SqlConnection tx, List<Event> events) {
    List<UUID> orderIds = events.stream().map(Event::orderId).distinct().toList();
    return sagas.lock(tx, orderIds).compose(known -> signal(tx, events, known));
  }

  private Future<Signalled> signal(
      SqlConnection tx, List<Event> events, Map<UUID, OrderSaga> known) {
    requireKnown(events, known, clock.instant());
    requireSteps(known);
    SagaBatch batch = SagaBatch.decide(definition, events, known, clock.instant());
    Signalled signalled = new Signalled(batch.decisions(), followUp.of(batch));
    return batch.moved().isEmpty()
        ? Future.succeededFuture(signalled)
        : write(tx, batch).map(signalled);
  }

  private static void requireKnown(List<Event> events, Map<UUID, OrderSaga> known, Instant now) {
    for (Event event : events) {
      UUID orderId = event.orderId();
      if (!known.containsKey(orderId)) {
        throw mayBeInvisible(orderId, now)
            ? new UnexpectedRowsException("saga: order " + orderId + " is not visible yet")
            : new UnprocessableMessageException("order " + orderId + " has no saga");
      }
    }
  }

  // An order's id is a UUIDv7, which begins with the time at which the order was received.
  private static boolean mayBeInvisible(UUID orderId, Instant now) {
    if (orderId.version() != 7) {
      return false;
    }
    Instant received = Instant.ofEpochMilli(orderId.getMostSignificantBits() >>> UUID_MILLIS_SHIFT);
    return Duration.between(received, now).abs().compareTo(VISIBLE_WITHIN) <= 0;
  }

  private void requireSteps(Map<UUID, OrderSaga> known) {
    if (!known.values().stream().allMatch(one -> definition.hasStepOf(one.saga()))) {
      throw new UnexpectedRowsException("saga: an unknown value in the column step");
    }
  }

  private Future<Void> write(SqlConnection tx, SagaBatch batch) {
    // Pipelined: the database executes the statements in this order.
    return Future.join(
            sagas.update(tx, batch.moved(), batch.at()),
            sagas.log(tx, batch.transitions()),
            outbox.append(tx, messages(batch)))
        .mapEmpty();
  }

  private static List<OutboxMessage> messages(SagaBatch batch) {
    return batch.messages().stream().map(SagaEngine::message).toList();
  }

  private static OutboxMessage message(SagaBatch.Message message) {
    return new OutboxMessage(
            message.topic(),
            message.orderId().toString(),
            message.sequence(),
            // Every registered type is a record.
            ParticipantMessages.TYPES.encode((Record) message.payload()))
        .withOrigin(
            new MessageOrigin(
                message.orderId(), message.cause().messageId(), message.cause().traceparent()));
  }
}
