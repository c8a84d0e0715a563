package dev.converge.order;

import dev.converge.order.application.SagaRepository;
import dev.converge.order.domain.Order;
import dev.converge.order.saga.OrderSaga;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaStatus;
import dev.converge.order.saga.SagaTransition;
import dev.converge.testkit.InMemoryDatabase;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The sagas and their timelines in memory. */
public final class InMemorySagas implements SagaRepository {
  public static final String INSERT = "insert sagas";
  public static final String LOCK = "lock sagas";
  public static final String UPDATE = "update sagas";
  public static final String LOG = "log transitions";
  public static final String OVERDUE = "lock overdue sagas";

  private final InMemoryDatabase database;
  private final Map<UUID, SagaInstance> byOrder;
  private final Map<String, SagaTransition> timelines;
  private Function<UUID, Optional<Order>> orders = orderId -> Optional.empty();

  InMemorySagas(InMemoryDatabase database) {
    this.database = database;
    this.byOrder = database.table();
    this.timelines = database.table();
  }

  /** The orders of the sagas, as they were placed. */
  void join(Function<UUID, Optional<Order>> placed) {
    this.orders = placed;
  }

  void put(SagaInstance saga) {
    byOrder.put(saga.orderId(), saga);
  }

  Optional<SagaInstance> stored(UUID orderId) {
    return Optional.ofNullable(byOrder.get(orderId));
  }

  List<SagaTransition> timeline(UUID orderId) {
    return timelines.values().stream()
        .filter(transition -> transition.orderId().equals(orderId))
        .toList();
  }

  @Override
  public Future<Void> insert(SqlConnection tx, List<SagaInstance> sagas) {
    return database.write(tx, INSERT, () -> sagas.forEach(this::insert));
  }

  private void insert(SagaInstance saga) {
    if (byOrder.put(saga.orderId(), saga) != null) {
      throw new IllegalStateException("order " + saga.orderId() + " has a saga");
    }
  }

  @Override
  public Future<Map<UUID, OrderSaga>> lock(SqlConnection tx, Collection<UUID> orderIds) {
    return database.query(tx, LOCK + " of " + orderIds.size(), () -> joined(orderIds));
  }

  private Map<UUID, OrderSaga> joined(Collection<UUID> orderIds) {
    Map<UUID, OrderSaga> found = new HashMap<>();
    for (UUID orderId : orderIds) {
      stored(orderId)
          .ifPresent(
              saga -> found.put(orderId, new OrderSaga(saga, orders.apply(orderId).orElseThrow())));
    }
    return found;
  }

  @Override
  public Future<Void> update(SqlConnection tx, List<SagaInstance> sagas, Instant now) {
    return database.write(tx, UPDATE, () -> sagas.forEach(this::update));
  }

  private void update(SagaInstance saga) {
    SagaInstance before = byOrder.put(saga.orderId(), saga);
    if (before == null || before.status().isTerminal() || before.version() >= saga.version()) {
      throw new IllegalStateException("saga: " + before + ", then " + saga);
    }
  }

  @Override
  public Future<Void> log(SqlConnection tx, List<SagaTransition> transitions) {
    return database.write(
        tx,
        LOG,
        () ->
            transitions.forEach(
                line -> timelines.put(line.orderId() + " " + line.version(), line)));
  }

  @Override
  public Future<List<UUID>> overdue(SqlConnection tx, Instant now, int limit) {
    return database.query(
        tx,
        OVERDUE,
        () ->
            new TreeMap<>(byOrder)
                .values().stream()
                    .filter(saga -> isOverdue(saga, now))
                    .map(SagaInstance::orderId)
                    .limit(limit)
                    .toList());
  }

  private static boolean isOverdue(SagaInstance saga, Instant now) {
    return saga.deadline() != null && !saga.deadline().isAfter(now);
  }

  @Override
  public Future<List<SagaInstance>> stuck(SqlClient client, @Nullable UUID after, int limit) {
    return database.query(
        client,
        "list stuck sagas",
        () ->
            new TreeMap<>(byOrder)
                .values().stream()
                    .filter(saga -> saga.status() == SagaStatus.STUCK)
                    .filter(saga -> after == null || saga.orderId().compareTo(after) > 0)
                    .limit(limit)
                    .toList());
  }
}
