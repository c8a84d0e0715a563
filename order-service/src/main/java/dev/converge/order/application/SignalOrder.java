package dev.converge.order.application;

import dev.converge.order.application.SagaEngine.Signalled;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderProtocol;
import dev.converge.order.saga.SagaBatch.Event;
import dev.converge.order.saga.SagaDecision;
import dev.converge.order.saga.SagaSignal.Trigger;
import dev.converge.service.operators.OperatorRequest;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Signals one order's saga on behalf of a person: the customer cancels; an operator retries, skips
 * or compensates, which is written to the operator log.
 */
public final class SignalOrder {
  private static final long COMMIT_TIMEOUT_MS = 5_000;

  private static final Signalled WITHOUT_SAGA =
      new Signalled(
          List.of(new SagaDecision.Refused("the order has ended, and has no saga")), () -> {});

  private final Pool pool;
  private final OrderRepository orders;
  private final SagaEngine engine;
  private final OperatorLog log;

  public SignalOrder(Pool pool, OrderRepository orders, SagaEngine engine, OperatorLog log) {
    this.pool = pool;
    this.orders = orders;
    this.engine = engine;
    this.log = log;
  }

  /** Cancels an order. Returns the saga's decision, or empty if there is no such order. */
  public Future<Optional<SagaDecision>> cancel(UUID orderId) {
    return commit(tx -> signal(tx, orderId, Trigger.CANCEL_REQUESTED));
  }

  /**
   * Applies an operator's signal. Returns the saga's decision, or empty if there is no such order.
   * The operator log gets an entry in the same transaction, whether the signal is granted or
   * refused.
   *
   * @param action its name in the operator log
   */
  public Future<Optional<SagaDecision>> operate(
      UUID orderId, Trigger signal, String action, OperatorRequest request) {
    return commit(
        tx ->
            signal(tx, orderId, signal)
                .compose(found -> logged(tx, orderId, action, request, found)));
  }

  private Future<Optional<Signalled>> logged(
      SqlConnection tx,
      UUID orderId,
      String action,
      OperatorRequest request,
      Optional<Signalled> found) {
    if (found.isEmpty()) {
      return Future.succeededFuture(found);
    }
    String target = orderId.toString();
    Future<Void> logged =
        decision(found.get())
            .match(
                advanced -> log.done(tx, request, action, target),
                ignored -> log.done(tx, request, action, target),
                refused -> log.refused(tx, request, action, target, refused.why()));
    return logged.map(found);
  }

  private Future<Optional<SagaDecision>> commit(
      Function<SqlConnection, Future<Optional<Signalled>>> work) {
    return pool.withTransaction(work)
        .timeout(COMMIT_TIMEOUT_MS, TimeUnit.MILLISECONDS)
        .map(found -> found.map(SignalOrder::committed));
  }

  private Future<Optional<Signalled>> signal(SqlConnection tx, UUID orderId, Trigger signal) {
    return orders
        .find(tx, orderId)
        .compose(
            found ->
                found.isEmpty()
                    ? Future.succeededFuture(Optional.empty())
                    : signal(tx, found.get(), signal).map(Optional::of));
  }

  private Future<Signalled> signal(SqlConnection tx, Order order, Trigger signal) {
    return order.protocol() == OrderProtocol.SAGA
        ? engine.signal(tx, List.of(new Event(order.orderId(), signal)))
        : Future.succeededFuture(WITHOUT_SAGA);
  }

  private static SagaDecision committed(Signalled signalled) {
    signalled.afterCommit().run();
    return decision(signalled);
  }

  private static SagaDecision decision(Signalled signalled) {
    return signalled.decisions().get(0);
  }
}
