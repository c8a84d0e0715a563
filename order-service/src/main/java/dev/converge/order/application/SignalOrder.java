package dev.converge.order.application;

import dev.converge.order.application.SagaCoordinator.Event;
import dev.converge.order.application.SagaCoordinator.Outcome;
import dev.converge.order.postgres.OrderRepository;
import dev.converge.order.saga.SagaDecision;
import dev.converge.order.saga.SagaSignal;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** What a person may do to an order under way: the customer cancels, an operator retries. */
public final class SignalOrder {
  private static final long COMMIT_WITHIN_MS = 5_000;

  private final Pool pool;
  private final OrderRepository orders;
  private final SagaCoordinator sagas;
  private final OrderOutcomes outcomes;

  public SignalOrder(
      Pool pool, OrderRepository orders, SagaCoordinator sagas, OrderOutcomes outcomes) {
    this.pool = pool;
    this.orders = orders;
    this.sagas = sagas;
    this.outcomes = outcomes;
  }

  /** What came of it; nothing where there is no such order. */
  public Future<Optional<SagaDecision>> signal(UUID orderId, SagaSignal signal) {
    return pool.withTransaction(tx -> signalIn(tx, orderId, signal))
        .timeout(COMMIT_WITHIN_MS, TimeUnit.MILLISECONDS)
        .map(this::committed);
  }

  private Future<Optional<Outcome>> signalIn(SqlConnection tx, UUID orderId, SagaSignal signal) {
    return orders
        .find(tx, orderId)
        .compose(
            found ->
                found.isEmpty()
                    ? Future.succeededFuture(Optional.empty())
                    : sagas
                        .signal(tx, List.of(new Event(orderId, signal, null, null)))
                        .map(Optional::of));
  }

  private Optional<SagaDecision> committed(Optional<Outcome> outcome) {
    outcome.ifPresent(sagas::committed);
    outcome.ifPresent(known -> known.ended().forEach(outcomes::ended));
    return outcome.map(known -> known.decisions().get(0));
  }
}
