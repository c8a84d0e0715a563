package dev.converge.order.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.order.OrderDatabase;
import dev.converge.order.OrderEngine;
import dev.converge.order.application.FindOrder;
import dev.converge.order.application.IdempotencyKeyRepository;
import dev.converge.order.application.PlaceOrder;
import dev.converge.order.application.SignalOrder;
import dev.converge.order.domain.Acceptance.Answer;
import dev.converge.order.domain.Acceptance.Request;
import dev.converge.order.domain.Acceptance.Verdict;
import dev.converge.order.domain.Order;
import dev.converge.order.saga.SagaSignal.Trigger;
import dev.converge.service.operators.OperatorRequest;
import dev.converge.testkit.SchemaSweep;
import io.vertx.core.Future;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Goal: a column of another type, or a trigger that drops rows, is an environment fault, and
 * nothing is decided on it. Method: each column and each table in turn, on a real PostgreSQL.
 */
class SchemaSweepIT {
  private static final OperatorRequest ASKED = new OperatorRequest("ada", "why");

  private final OrderDatabase database = new OrderDatabase();
  private final OrderEngine engine = new OrderEngine(database);
  private final IdempotencyKeyRepository keys = new PostgresIdempotencyKeyRepository();
  private final PlaceOrder placeOrder = engine.placeOrder();
  private final SignalOrder signals =
      new SignalOrder(database.pool(), engine.orders(), engine.engine(), new PostgresOperatorLog());
  private final FindOrder find =
      new FindOrder(
          database.pool(),
          engine.orders(),
          engine.sagas(),
          new PostgresOrderStoryRepository(),
          engine.definition());
  private Order known = OrderDatabase.newOrder();
  private Order stuck = OrderDatabase.newOrder();

  @AfterEach
  void close() {
    database.close();
  }

  private SchemaSweep sweep() {
    return new SchemaSweep(database, this::prepare)
        .operation("place", () -> place(UUID.randomUUID().toString(), Verdict.ACCEPTED))
        .operation("repeat", () -> place("known", Verdict.REPLAYED))
        .operation("find", () -> find.order(known.orderId()))
        .operation("inspect", () -> find.inspect(known.orderId()))
        .operation("list", () -> find.list(null, null, 10))
        .operation("stuck", () -> find.stuck(null, 10))
        .operation("retry", () -> operate(Trigger.RETRY_REQUESTED))
        .operation("refused", () -> operate(Trigger.RETRY_REQUESTED))
        .operation("cancel", () -> signals.cancel(known.orderId()))
        .operation("prune", () -> keys.prune(database.pool(), 0, 1));
  }

  private void prepare() {
    database.execute("TRUNCATE placed_order, saga, saga_log, idempotency_key, outbox");
    known = OrderDatabase.newOrder();
    stuck = OrderDatabase.newOrder();
    engine.place(stuck);
    database.execute("UPDATE saga SET status = 'STUCK', deadline_at = NULL");
    Answer answer =
        database.onEventLoop(() -> placeOrder.place(() -> new Request("known", "01", known)));
    assertThat(answer.verdict()).isEqualTo(Verdict.ACCEPTED);
  }

  private Future<?> place(String key, Verdict expected) {
    Request request = new Request(key, "01", OrderDatabase.newOrder());
    return placeOrder
        .place(() -> request)
        .map(answer -> placed(answer, expected))
        .compose(find::order)
        .map(order -> order.orElseThrow());
  }

  private static UUID placed(Answer answer, Verdict expected) {
    assertThat(answer.verdict()).isEqualTo(expected);
    return answer.order().orderId();
  }

  private Future<?> operate(Trigger signal) {
    return signals.operate(stuck.orderId(), signal, "retry-saga", ASKED);
  }

  @Tag("campaign")
  @Test
  void columnOfAnotherTypeIsAnEnvironmentFault() {
    assertThat(sweep().otherTypes()).isEmpty();
  }

  @Test
  void triggerThatDropsRowsIsAnEnvironmentFault() {
    assertThat(sweep().droppedRows()).isEmpty();
  }
}
