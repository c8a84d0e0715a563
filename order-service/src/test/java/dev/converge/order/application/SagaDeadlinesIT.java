package dev.converge.order.application;

import static dev.converge.order.OrderDatabase.await;
import static dev.converge.order.OrderDatabase.newOrder;
import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.order.OrderDatabase;
import dev.converge.order.OrderEngine;
import dev.converge.order.domain.Order;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a saga is signalled once its deadline has passed, by one instance, and never before.
 * Method: polls on a real PostgreSQL, under a clock that the test sets.
 */
class SagaDeadlinesIT {
  private final OrderDatabase database = new OrderDatabase();
  private final OrderEngine engine = new OrderEngine(database);
  private final SagaDeadlines deadlines =
      new SagaDeadlines(
          database.pool(), engine.sagas(), engine.engine(), engine.clock(), Duration.ofMillis(500));

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void sagaIsSignalledWhenItsDeadlineHasPassed() {
    Order order = newOrder();
    engine.place(order);

    engine.advance(OrderEngine.TIMES.stepDeadline().minusMillis(1));
    assertThat(await(deadlines.signalOverdue())).isZero();
    assertThat(engine.saga(order)).isEqualTo("RUNNING reserve-stock/1 v1");

    engine.advance(Duration.ofMillis(2));
    assertThat(await(deadlines.signalOverdue())).isEqualTo(1);
    assertThat(engine.saga(order)).isEqualTo("COMPENSATING reserve-stock/1 v2");
    assertThat(engine.outbox(order)).isEqualTo("1:ReserveStock 2:ReleaseStock");
    assertThat(engine.timeline(order))
        .isEqualTo("1:OrderPlaced>ReserveStock 2:DeadlinePassed>ReleaseStock");

    assertThat(await(deadlines.signalOverdue())).isZero();
  }

  @Test
  void pollSignalsABoundedBatchAndTheNextPollTheRest() {
    engine.place(
        Stream.generate(OrderDatabase::newOrder)
            .limit(SagaDeadlines.MAX_BATCH + 1)
            .toArray(Order[]::new));
    engine.advance(OrderEngine.TIMES.stepDeadline().plusMillis(1));

    assertThat(await(deadlines.signalOverdue())).isEqualTo(SagaDeadlines.MAX_BATCH);
    assertThat(await(deadlines.signalOverdue())).isEqualTo(1);
  }

  @Test
  void sagaThatAnotherTransactionMovesIsSkipped() {
    Order busy = newOrder();
    Order idle = newOrder();
    engine.place(busy, idle);
    engine.advance(OrderEngine.TIMES.stepDeadline().plusMillis(1));
    Promise<Void> release = Promise.promise();
    Promise<Void> locked = Promise.promise();
    Future<Void> other =
        database
            .pool()
            .withTransaction(
                tx ->
                    engine
                        .sagas()
                        .lock(tx, List.of(busy.orderId()))
                        .onSuccess(found -> locked.complete())
                        .compose(found -> release.future()));
    await(locked.future());

    assertThat(await(deadlines.signalOverdue())).isEqualTo(1);
    assertThat(engine.saga(busy)).isEqualTo("RUNNING reserve-stock/1 v1");
    assertThat(engine.saga(idle)).isEqualTo("COMPENSATING reserve-stock/1 v2");

    release.complete();
    await(other);
    assertThat(await(deadlines.signalOverdue())).isEqualTo(1);
  }
}
