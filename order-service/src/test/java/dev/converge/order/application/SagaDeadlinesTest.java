package dev.converge.order.application;

import static dev.converge.order.InMemoryOrders.APPEND;
import static dev.converge.order.InMemoryOrders.order;
import static dev.converge.order.InMemorySagas.LOCK;
import static dev.converge.order.InMemorySagas.LOG;
import static dev.converge.order.InMemorySagas.OVERDUE;
import static dev.converge.order.InMemorySagas.UPDATE;
import static dev.converge.testkit.ConnectedDatabase.await;
import static dev.converge.testkit.InMemoryDatabase.COMMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.order.InMemoryOrders;
import dev.converge.order.domain.AbortReason;
import dev.converge.order.domain.Order;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaStatus;
import dev.converge.testkit.EventLoop;
import java.time.Duration;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: a saga whose deadline has passed is signalled in a bounded batch, and what follows is
 * written as a whole. Method: polls on tables in memory, under a clock that the test sets.
 */
class SagaDeadlinesTest {
  private static final EventLoop LOOP = new EventLoop();
  private static final Duration STEP = InMemoryOrders.TIMES.stepDeadline();
  private static final int LAST_ATTEMPT = InMemoryOrders.TIMES.maxAttempts();

  private final InMemoryOrders orders = new InMemoryOrders(LOOP.vertx());
  private final SagaDeadlines deadlines =
      new SagaDeadlines(
          orders.database().pool(),
          orders.sagas(),
          orders.engine(),
          orders.clock(),
          Duration.ofMillis(500));
  private final Order first = order(1);
  private final Order second = order(2);

  @AfterAll
  static void close() {
    LOOP.close();
  }

  private int signalOverdue() {
    return await(deadlines.signalOverdue());
  }

  @Test
  void sagaIsSignalledFromItsDeadlineOnAndNotBefore() {
    orders.place(first);

    orders.clock().advance(STEP.minusNanos(1));
    assertThat(signalOverdue()).isZero();
    assertThat(orders.saga(first)).isEqualTo("RUNNING reserve-stock/1 v1");

    orders.clock().advance(Duration.ofNanos(1));
    assertThat(signalOverdue()).isEqualTo(1);
    assertThat(orders.saga(first)).isEqualTo("COMPENSATING reserve-stock/1 v2");
    assertThat(orders.messages(first)).containsExactly("1:ReserveStock", "2:ReleaseStock");
    assertThat(orders.timeline(first)).endsWith("2:DeadlinePassed>ReleaseStock");

    assertThat(signalOverdue()).isZero();
  }

  @Test
  void pollLocksAndWritesInOneTransaction() {
    orders.place(first, second);
    orders.clock().advance(STEP);

    assertThat(signalOverdue()).isEqualTo(2);

    assertThat(orders.database().statements())
        .containsExactly(OVERDUE, LOCK + " of 2", UPDATE, LOG, APPEND, COMMIT);
  }

  @Test
  void pollSignalsABoundedBatchAndTheNextTheRest() {
    orders.place(
        IntStream.rangeClosed(1, SagaDeadlines.MAX_BATCH + 1)
            .mapToObj(InMemoryOrders::order)
            .toArray(Order[]::new));
    orders.clock().advance(STEP);

    assertThat(signalOverdue()).isEqualTo(SagaDeadlines.MAX_BATCH);
    assertThat(signalOverdue()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          RUNNING      | ship-stock    | 1  | -         | RUNNING ship-stock/2 v6
          RUNNING      | ship-stock    | 12 | -         | STUCK ship-stock/12 v6
          COMPENSATING | reserve-stock | 1  | TIMED_OUT | COMPENSATING reserve-stock/2 v6
          COMPENSATING | reserve-stock | 12 | TIMED_OUT | STUCK reserve-stock/12 v6
          """)
  void stepThatCannotBeAbortedIsSentAgainUpToTheLastAttempt(
      SagaStatus status, String step, int attempt, @Nullable AbortReason reason, String after) {
    assertThat(LAST_ATTEMPT).isEqualTo(12);
    orders.place(first);
    orders.put(
        new SagaInstance(
            first.orderId(), status, step, attempt, reason, 5, 5, orders.clock().instant()));

    assertThat(signalOverdue()).isEqualTo(1);

    assertThat(orders.saga(first)).isEqualTo(after);
    assertThat(orders.count("saga.stuck")).isEqualTo(attempt == LAST_ATTEMPT ? 1 : 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {OVERDUE, LOCK, UPDATE, LOG, APPEND, COMMIT})
  void oneFailedStatementLeavesTheSagasToTheNextPoll(String statement) {
    orders.place(first, second);
    orders.clock().advance(STEP);
    orders.database().fail(statement, new IllegalStateException("refused"));

    assertThatThrownBy(() -> assertThat(signalOverdue()).isZero()).hasMessage("refused");
    assertThat(orders.saga(first)).isEqualTo("RUNNING reserve-stock/1 v1");
    assertThat(orders.messages(second)).containsExactly("1:ReserveStock");

    assertThat(signalOverdue()).isEqualTo(2);
  }
}
