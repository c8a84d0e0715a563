package dev.converge.order.application;

import static dev.converge.order.OrderDatabase.await;
import static dev.converge.order.OrderDatabase.newOrder;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.order.OrderDatabase;
import dev.converge.order.OrderEngine;
import dev.converge.order.domain.Order;
import dev.converge.order.postgres.PostgresOperatorLog;
import dev.converge.order.saga.SagaDecision;
import dev.converge.order.saga.SagaDecision.Advanced;
import dev.converge.order.saga.SagaDecision.Ignored;
import dev.converge.order.saga.SagaDecision.Refused;
import dev.converge.order.saga.SagaSignal.Trigger;
import dev.converge.service.operators.OperatorRequest;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a customer's and an operator's signals take effect or are refused, and the operator log
 * says which. Method: the use case on a real PostgreSQL.
 */
class SignalOrderIT {
  private final OrderDatabase database = new OrderDatabase();
  private final OrderEngine engine = new OrderEngine(database);
  private final SignalOrder signals =
      new SignalOrder(database.pool(), engine.orders(), engine.engine(), new PostgresOperatorLog());

  @AfterEach
  void close() {
    database.close();
  }

  private Optional<SagaDecision> operate(UUID orderId, Trigger signal, String action) {
    return await(signals.operate(orderId, signal, action, new OperatorRequest("ada", "why")));
  }

  private String operatorLog() {
    return String.valueOf(
        database.value(
            "SELECT string_agg(action || ' ' || outcome || coalesce(': ' || detail, ''), ', '"
                + " ORDER BY id) FROM operator_action"));
  }

  @Test
  void cancellingUndoesWhatMayHaveBeenDone() {
    Order order = newOrder();
    engine.place(order);

    assertThat(await(signals.cancel(order.orderId())).orElseThrow()).isInstanceOf(Advanced.class);
    assertThat(engine.saga(order)).isEqualTo("COMPENSATING reserve-stock/1 v2");
    assertThat(await(signals.cancel(order.orderId())).orElseThrow()).isInstanceOf(Ignored.class);
    assertThat(engine.saga(order)).isEqualTo("COMPENSATING reserve-stock/1 v2");
    assertThat(engine.timeline(order))
        .isEqualTo("1:OrderPlaced>ReserveStock 2:CancelRequested>ReleaseStock");
  }

  @Test
  void unknownOrderHasNoDecisionAndNoEntryInTheLog() {
    assertThat(await(signals.cancel(UUID.randomUUID()))).isEmpty();
    assertThat(operate(UUID.randomUUID(), Trigger.RETRY_REQUESTED, "retry-saga")).isEmpty();
    assertThat(operatorLog()).isEqualTo("null");
  }

  @Test
  void operatorLogHasExecutedAndRefusedActions() {
    Order order = newOrder();
    engine.place(order);

    assertThat(operate(order.orderId(), Trigger.RETRY_REQUESTED, "retry-saga").orElseThrow())
        .isEqualTo(new Refused("the saga is RUNNING"));
    database.execute(
        "UPDATE saga SET status = 'STUCK', abort_reason = 'TIMED_OUT', deadline_at = NULL");
    assertThat(operate(order.orderId(), Trigger.RETRY_REQUESTED, "retry-saga").orElseThrow())
        .isInstanceOf(Advanced.class);

    assertThat(operatorLog()).isEqualTo("retry-saga REFUSED: the saga is RUNNING, retry-saga DONE");
    assertThat(engine.saga(order)).isEqualTo("COMPENSATING reserve-stock/1 v2");
    assertThat(engine.outbox(order)).isEqualTo("1:ReserveStock 2:ReleaseStock");
  }
}
