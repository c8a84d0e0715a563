package dev.converge.order;

import dev.converge.order.application.OrderRepository;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.domain.OrderTotals;
import dev.converge.order.saga.SagaInstance;
import dev.converge.testkit.InMemoryDatabase;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The orders in memory, with the status of their sagas. */
public final class InMemoryOrderTable implements OrderRepository {
  public static final String INSERT = "insert orders";

  private final InMemoryDatabase database;
  private final InMemorySagas sagas;
  private final Map<UUID, Order> placed;

  InMemoryOrderTable(InMemoryDatabase database, InMemorySagas sagas) {
    this.database = database;
    this.sagas = sagas;
    this.placed = database.table();
    sagas.join(orderId -> Optional.ofNullable(placed.get(orderId)));
  }

  Optional<Order> current(UUID orderId) {
    return Optional.ofNullable(placed.get(orderId)).map(this::withStatus);
  }

  private Order withStatus(Order order) {
    return sagas.stored(order.orderId()).map(saga -> withStatus(order, saga)).orElse(order);
  }

  private static Order withStatus(Order order, SagaInstance saga) {
    OrderStatus status =
        switch (saga.status()) {
          case RUNNING, COMPENSATING, STUCK -> OrderStatus.PENDING;
          case COMPLETED -> OrderStatus.COMPLETED;
          case COMPENSATED -> Optional.ofNullable(saga.abortReason()).orElseThrow().outcome();
        };
    return new Order(
        order.orderId(),
        order.customerId(),
        order.currency(),
        order.totalMinor(),
        order.lines(),
        order.paymentToken(),
        status,
        status.isTerminal() ? saga.abortReason() : null,
        order.traceparent(),
        order.placedAt(),
        null,
        null);
  }

  @Override
  public Future<Void> insert(SqlConnection tx, List<Order> orders) {
    return database.write(tx, INSERT, () -> orders.forEach(this::insert));
  }

  @Override
  public Future<Void> insertEnded(SqlConnection tx, Order order) {
    return database.write(tx, INSERT, () -> insert(order));
  }

  @Override
  public Future<Void> updateEnd(SqlConnection tx, Order order) {
    return database.write(tx, "update end", () -> placed.put(order.orderId(), order));
  }

  private void insert(Order order) {
    if (placed.put(order.orderId(), order) != null) {
      throw new IllegalStateException("order " + order.orderId() + " exists");
    }
  }

  @Override
  public Future<Optional<Order>> find(SqlClient client, UUID orderId) {
    return database.query(client, "find order", () -> current(orderId));
  }

  @Override
  public Future<Map<UUID, Order>> findAll(SqlClient client, Collection<UUID> orderIds) {
    return orderIds.isEmpty()
        ? Future.succeededFuture(Map.of())
        : database.query(
            client,
            "find orders",
            () ->
                orderIds.stream()
                    .map(this::current)
                    .flatMap(Optional::stream)
                    .collect(Collectors.toMap(Order::orderId, Function.identity())));
  }

  @Override
  public Future<List<Order>> list(
      SqlClient client, @Nullable UUID before, @Nullable OrderStatus status, int limit) {
    return database.query(
        client,
        "list orders",
        () ->
            placed.values().stream()
                .map(this::withStatus)
                .filter(order -> before == null || order.orderId().compareTo(before) < 0)
                .filter(order -> status == null || order.status() == status)
                .sorted(Comparator.comparing(Order::orderId).reversed())
                .limit(limit)
                .toList());
  }

  @Override
  public Future<OrderTotals> totals(SqlClient client, UUID from, UUID before) {
    return Future.failedFuture(new UnsupportedOperationException("sums are the database's"));
  }
}
