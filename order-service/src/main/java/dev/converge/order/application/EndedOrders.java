package dev.converge.order.application;

import dev.converge.order.application.IdempotencyKeyRepository.IdempotencyKey;
import dev.converge.order.domain.Acceptance;
import dev.converge.order.domain.Acceptance.Answer;
import dev.converge.order.domain.Acceptance.Request;
import dev.converge.order.domain.Acceptance.UsedKey;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderProtocol;
import dev.converge.order.saga.ParticipantMessages;
import dev.converge.order.saga.ParticipantMessages.OrderCompleted;
import dev.converge.order.saga.ParticipantMessages.OrderRejected;
import dev.converge.outbox.MessageOrigin;
import dev.converge.outbox.Outbox;
import dev.converge.outbox.OutboxMessage;
import dev.converge.service.postgres.DatabaseConfig;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Stores orders that end without a saga: key, order and event in one transaction. */
public final class EndedOrders {
  private static final long COMMIT_TIMEOUT_MS = 5_000;

  /** The key was used before. */
  static final class KeyTakenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    KeyTakenException(String key) {
      super("the key is used: " + key, null, false, false);
    }
  }

  private final Pool pool;
  private final IdempotencyKeyRepository keys;
  private final OrderRepository orders;
  private final Function<OrderProtocol, Outbox> outboxes;
  private final MeterRegistry meters;

  /**
   * @param outboxes the outbox of each protocol's orders
   */
  public EndedOrders(
      Pool pool,
      IdempotencyKeyRepository keys,
      OrderRepository orders,
      Function<OrderProtocol, Outbox> outboxes,
      MeterRegistry meters) {
    this.pool = pool;
    this.keys = keys;
    this.orders = orders;
    this.outboxes = outboxes;
    this.meters = meters;
  }

  /** The answer to a request whose key was used before. */
  Future<Optional<Answer>> find(Request request) {
    return DatabaseConfig.inTime(keys.find(pool, List.of(request.key())))
        .compose(
            found ->
                Optional.ofNullable(found.get(request.key()))
                    .map(key -> answer(request, key).map(Optional::of))
                    .orElseGet(() -> Future.succeededFuture(Optional.empty())));
  }

  /** Whether another transaction has taken the key and is not decided. */
  Future<Boolean> isInDoubt(Request request) {
    return DatabaseConfig.inTime(keys.inDoubt(pool, List.of(request.key())))
        .map(inDoubt -> !inDoubt.isEmpty());
  }

  private Future<Answer> answer(Request request, IdempotencyKey key) {
    return DatabaseConfig.inTime(orders.find(pool, key.orderId()))
        .map(order -> new UsedKey(key.fingerprint(), order.orElseThrow()))
        .map(used -> Acceptance.decide(List.of(request), Map.of(request.key(), used)))
        .map(decided -> decided.answers().get(0));
  }

  /** Writes an order at its end, with its key and its event. */
  Future<Void> insert(SqlConnection tx, Request request, Order ended) {
    return insertWithoutEvent(tx, request, ended)
        .compose(inserted -> outboxes.apply(ended.protocol()).append(tx, List.of(event(ended))));
  }

  /** As {@link #insert}, without an event. */
  Future<Void> insertWithoutEvent(SqlConnection tx, Request request, Order ended) {
    IdempotencyKey key = new IdempotencyKey(request.key(), request.fingerprint(), ended.orderId());
    return keys.takeAlone(tx, key)
        .compose(
            taken ->
                taken
                    ? orders.insertEnded(tx, ended)
                    : Future.failedFuture(new KeyTakenException(request.key())));
  }

  /** Stores an order at its end, in a transaction of its own. */
  Future<Void> store(Request request, Order ended) {
    return inTransaction(tx -> insert(tx, request, ended)).onSuccess(stored -> count(ended));
  }

  /** As {@link #store}, without an event. */
  Future<Void> storeWithoutEvent(Request request, Order ended) {
    return inTransaction(tx -> insertWithoutEvent(tx, request, ended));
  }

  /** Writes another end of an order. */
  Future<Void> update(Order ended) {
    return inTransaction(tx -> orders.updateEnd(tx, ended));
  }

  /** Counts an order whose end has committed. */
  void count(Order ended) {
    meters.counter("orders.ended", "outcome", ended.status().name()).increment();
  }

  private Future<Void> inTransaction(Function<SqlConnection, Future<Void>> work) {
    return pool.withTransaction(work).timeout(COMMIT_TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  private static OutboxMessage event(Order order) {
    Record event =
        order.reason() == null
            ? new OrderCompleted(order.orderId())
            : new OrderRejected(order.orderId(), order.reason().name());
    return new OutboxMessage(
            ParticipantMessages.ORDER_EVENTS,
            order.orderId().toString(),
            1,
            ParticipantMessages.TYPES.encode(event))
        .withOrigin(new MessageOrigin(order.orderId(), null, order.traceparent()));
  }
}
