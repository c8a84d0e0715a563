package dev.converge.order;

import dev.converge.order.application.OrderStoryRepository;
import dev.converge.order.domain.Order;
import dev.converge.order.saga.SagaInstance;
import dev.converge.outbox.OutboxMessage;
import dev.converge.testkit.InMemoryDatabase;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Orders together with their sagas and timelines, in memory. */
final class InMemoryStories implements OrderStoryRepository {
  private final InMemoryDatabase database;
  private final InMemoryOrderTable orders;
  private final InMemorySagas sagas;
  private final Map<UUID, OutboxMessage> sent;

  InMemoryStories(
      InMemoryDatabase database,
      InMemoryOrderTable orders,
      InMemorySagas sagas,
      Map<UUID, OutboxMessage> sent) {
    this.database = database;
    this.orders = orders;
    this.sagas = sagas;
    this.sent = sent;
  }

  @Override
  public Future<Optional<OrderStory>> find(SqlClient client, UUID orderId) {
    return database.query(
        client,
        "find story",
        () ->
            sagas.stored(orderId).map(saga -> story(orderId, saga)).or(() -> withoutSaga(orderId)));
  }

  private Optional<OrderStory> withoutSaga(UUID orderId) {
    return orders
        .current(orderId)
        .filter(order -> order.transaction() != null)
        .map(order -> new OrderStory(order, null, List.of()));
  }

  private OrderStory story(UUID orderId, SagaInstance saga) {
    return new OrderStory(orders.current(orderId).orElseThrow(), saga, sagas.timeline(orderId));
  }

  @Override
  public Future<List<SentMessage>> messages(SqlClient client, Order order) {
    return database.query(
        client,
        "list messages",
        () ->
            sent.values().stream()
                .filter(message -> message.aggregateId().equals(order.orderId().toString()))
                .map(message -> sent(message, order))
                .toList());
  }

  private static SentMessage sent(OutboxMessage message, Order order) {
    return new SentMessage(
        message.id(),
        message.sequence(),
        message.topic(),
        message.payload().type(),
        message.origin().causationId(),
        order.placedAt());
  }
}
