package dev.converge.order.postgres;

import static dev.converge.order.OrderDatabase.await;
import static dev.converge.order.OrderDatabase.newOrder;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.order.OrderDatabase;
import dev.converge.order.OrderEngine;
import dev.converge.order.application.SagaRepository;
import dev.converge.order.domain.AbortReason;
import dev.converge.order.domain.Order;
import dev.converge.order.saga.OrderSaga;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaStatus;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a saga is read as it was written, and a stale write fails. Method: the repository on a real
 * PostgreSQL.
 */
class PostgresSagaRepositoryIT {
  private final Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);

  private final OrderDatabase database = new OrderDatabase();
  private final OrderEngine engine = new OrderEngine(database);
  private final SagaRepository sagas = engine.sagas();

  @AfterEach
  void close() {
    database.close();
  }

  private Map<UUID, OrderSaga> lock(UUID... orderIds) {
    return database.inTransaction(tx -> sagas.lock(tx, List.of(orderIds)));
  }

  private SagaInstance read(Order order) {
    OrderSaga found = requireNonNull(lock(order.orderId()).get(order.orderId()));
    assertThat(found.order()).isEqualTo(order);
    return found.saga();
  }

  private void update(SagaInstance... moved) {
    database.inTransaction(tx -> sagas.update(tx, List.of(moved), now));
  }

  private List<UUID> overdue(int limit) {
    return database.inTransaction(tx -> sagas.overdue(tx, now, limit));
  }

  private static SagaInstance moved(
      SagaInstance from, SagaStatus status, @Nullable AbortReason reason, @Nullable Instant due) {
    return new SagaInstance(
        from.orderId(),
        status,
        "charge-payment",
        3,
        reason,
        from.version() + 1,
        from.messages() + 1,
        due);
  }

  @Test
  void sagaIsReadAsItWasWritten() {
    Order order = newOrder();
    engine.place(order);
    SagaInstance started = read(order);
    SagaInstance running = moved(started, SagaStatus.RUNNING, null, now);
    SagaInstance undoing = moved(running, SagaStatus.COMPENSATING, AbortReason.TIMED_OUT, now);
    SagaInstance stuck = moved(undoing, SagaStatus.STUCK, AbortReason.TIMED_OUT, null);

    for (SagaInstance next : List.of(running, undoing, stuck)) {
      update(next);
      assertThat(read(order)).isEqualTo(next);
    }
  }

  @Test
  void onlyKnownSagasAreLocked() {
    Order order = newOrder();
    engine.place(order);

    assertThat(lock(order.orderId(), UUID.randomUUID())).containsOnlyKeys(order.orderId());
  }

  @Test
  void staleWriteFails() {
    Order order = newOrder();
    engine.place(order);
    SagaInstance started = read(order);
    update(moved(started, SagaStatus.RUNNING, null, now));

    assertThatThrownBy(() -> update(moved(started, SagaStatus.RUNNING, null, now)))
        .hasMessageContaining("saga rows written: 0 (expected: 1)");
  }

  @Test
  void endedSagaDoesNotChange() {
    Order order = newOrder();
    engine.place(order);
    SagaInstance ended = moved(read(order), SagaStatus.COMPENSATED, AbortReason.OUT_OF_STOCK, null);
    update(ended);

    assertThatThrownBy(() -> update(moved(ended, SagaStatus.RUNNING, null, now)))
        .hasMessageContaining("saga rows written: 0 (expected: 1)");
    assertThat(read(order)).isEqualTo(ended);
  }

  @Test
  void overdueSagasAreFoundByTheirDeadlineUpToTheLimit() {
    Order first = newOrder();
    Order second = newOrder();
    Order later = newOrder();
    engine.place(first, second, later);
    update(
        moved(read(first), SagaStatus.RUNNING, null, now),
        moved(read(second), SagaStatus.COMPENSATING, AbortReason.TIMED_OUT, now.minusSeconds(1)),
        moved(read(later), SagaStatus.RUNNING, null, now.plusMillis(1)));

    assertThat(overdue(10)).containsExactly(first.orderId(), second.orderId());
    assertThat(overdue(1)).containsExactly(first.orderId());
  }

  @Test
  void stuckSagasAreListedByIdAfterTheGivenOne() {
    Order first = newOrder();
    Order second = newOrder();
    engine.place(first, second, newOrder());
    SagaInstance firstStuck = moved(read(first), SagaStatus.STUCK, AbortReason.TIMED_OUT, null);
    SagaInstance secondStuck = moved(read(second), SagaStatus.STUCK, null, null);
    update(firstStuck, secondStuck);

    assertThat(await(sagas.stuck(database.pool(), null, 10)))
        .containsExactly(firstStuck, secondStuck);
    assertThat(await(sagas.stuck(database.pool(), first.orderId(), 10)))
        .containsExactly(secondStuck);
  }
}
