package dev.converge.order.application;

import dev.converge.order.application.SagaCoordinator.Event;
import dev.converge.order.application.SagaCoordinator.Outcome;
import dev.converge.order.postgres.OrderRepository;
import dev.converge.order.saga.SagaDecision;
import dev.converge.order.saga.SagaDecision.Refused;
import dev.converge.order.saga.SagaSignal;
import dev.converge.service.OperatorActions;
import dev.converge.service.OperatorRequest;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * What a person may do to an order under way: the customer cancels; an operator retries, skips or
 * compensates, and the audit log tells of it.
 */
public final class SignalOrder {
  private static final long COMMIT_WITHIN_MS = 5_000;

  private final Pool pool;
  private final OrderRepository orders;
  private final SagaCoordinator sagas;
  private final OrderOutcomes outcomes;
  private final OperatorActions actions;

  public SignalOrder(
      Pool pool,
      OrderRepository orders,
      SagaCoordinator sagas,
      OrderOutcomes outcomes,
      OperatorActions actions) {
    this.pool = pool;
    this.orders = orders;
    this.sagas = sagas;
    this.outcomes = outcomes;
    this.actions = actions;
  }

  /** What came of a customer's signal; nothing where there is no such order. */
  public Future<Optional<SagaDecision>> signal(UUID orderId, SagaSignal signal) {
    return commit(tx -> signalIn(tx, orderId, signal));
  }

  /**
   * What came of an operator's signal; nothing where there is no such order. Granted or refused, it
   * is written to the audit log in the same transaction.
   *
   * @param action what the audit log calls it
   */
  public Future<Optional<SagaDecision>> operate(
      UUID orderId, SagaSignal signal, String action, OperatorRequest asked) {
    return commit(
        tx ->
            signalIn(tx, orderId, signal)
                .compose(outcome -> audited(tx, orderId, action, asked, outcome)));
  }

  private Future<Optional<Outcome>> audited(
      SqlConnection tx,
      UUID orderId,
      String action,
      OperatorRequest asked,
      Optional<Outcome> outcome) {
    if (outcome.isEmpty()) {
      return Future.succeededFuture(outcome);
    }
    String target = orderId.toString();
    Future<Void> written =
        outcome.get().decisions().get(0) instanceof Refused refused
            ? actions.refused(tx, asked, action, target, refused.why())
            : actions.done(tx, asked, action, target);
    return written.map(outcome);
  }

  private Future<Optional<SagaDecision>> commit(
      Function<SqlConnection, Future<Optional<Outcome>>> work) {
    return pool.withTransaction(work)
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
