package dev.converge.order.application;

import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.postgres.OrderRepository;
import dev.converge.order.postgres.SagaRepository;
import dev.converge.order.postgres.SagaRepository.Transition;
import dev.converge.order.saga.SagaInstance;
import dev.converge.service.DatabaseConfig;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The read side. */
public final class FindOrder {
  private final Pool pool;
  private final OrderRepository orders;
  private final SagaRepository sagas;

  public FindOrder(Pool pool, OrderRepository orders, SagaRepository sagas) {
    this.pool = pool;
    this.orders = orders;
    this.sagas = sagas;
  }

  /** An order with what has happened to it. */
  public record OrderStory(Order order, SagaInstance saga, List<Transition> timeline) {}

  public Future<Optional<Order>> order(UUID orderId) {
    return DatabaseConfig.inTime(orders.find(pool, orderId));
  }

  /** The order, its saga and its timeline. */
  public Future<Optional<OrderStory>> story(UUID orderId) {
    return DatabaseConfig.inTime(pool.withConnection(connection -> story(connection, orderId)));
  }

  private Future<Optional<OrderStory>> story(SqlConnection connection, UUID orderId) {
    // Saga, then timeline, then order: each is at least as new as the one before, so that an order
    // that is shown as pending never comes with a saga that has ended.
    return orders
        .find(connection, orderId)
        .compose(
            found ->
                found.isEmpty()
                    ? Future.succeededFuture(Optional.empty())
                    : withSaga(connection, orderId));
  }

  private Future<Optional<OrderStory>> withSaga(SqlConnection connection, UUID orderId) {
    return sagas
        .find(connection, orderId)
        .compose(saga -> withTimeline(connection, orderId, saga.orElseThrow()));
  }

  private Future<Optional<OrderStory>> withTimeline(
      SqlConnection connection, UUID orderId, SagaInstance saga) {
    return sagas
        .timeline(connection, orderId)
        .compose(
            timeline ->
                orders
                    .find(connection, orderId)
                    .map(order -> order.map(o -> new OrderStory(o, saga, timeline))));
  }

  /** A page of orders, the newest first. */
  public Future<List<Order>> list(@Nullable UUID before, @Nullable OrderStatus status, int limit) {
    return DatabaseConfig.inTime(orders.list(pool, before, status, limit));
  }

  /** Sagas that wait for an operator. */
  public Future<List<SagaInstance>> stuck(@Nullable UUID after, int limit) {
    return DatabaseConfig.inTime(sagas.stuck(pool, after, limit));
  }
}
