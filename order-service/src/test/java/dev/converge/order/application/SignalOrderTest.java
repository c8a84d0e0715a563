package dev.converge.order.application;

import static dev.converge.order.InMemoryOrders.APPEND;
import static dev.converge.order.InMemoryOrders.LOG_ACTION;
import static dev.converge.order.InMemoryOrders.order;
import static dev.converge.order.InMemorySagas.LOCK;
import static dev.converge.order.InMemorySagas.LOG;
import static dev.converge.order.InMemorySagas.UPDATE;
import static dev.converge.testkit.ConnectedDatabase.await;
import static dev.converge.testkit.InMemoryDatabase.COMMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.order.InMemoryOrders;
import dev.converge.order.application.OrderOutcomes.Wake;
import dev.converge.order.domain.AbortReason;
import dev.converge.order.domain.Order;
import dev.converge.order.saga.SagaDecision;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaSignal.Trigger;
import dev.converge.order.saga.SagaStatus;
import dev.converge.service.operators.OperatorRequest;
import dev.converge.testkit.EventLoop;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: each signal of a person is granted or refused by the state of the saga, and the operator
 * log is written with it. Method: the use case on tables in memory, with sagas that the test puts
 * into each state.
 */
class SignalOrderTest {
  private static final EventLoop LOOP = new EventLoop();
  private static final OperatorRequest BY_EVE = new OperatorRequest("eve", "ticket 7");

  private final InMemoryOrders orders = new InMemoryOrders(LOOP.vertx());
  private final SignalOrder signals =
      new SignalOrder(
          orders.database().pool(), orders.orders(), orders.engine(), orders.operatorLog());
  private final Order order = order(1);

  @AfterAll
  static void close() {
    LOOP.close();
  }

  @BeforeEach
  void place() {
    orders.place(order);
  }

  private void put(SagaStatus status, String step, @Nullable AbortReason reason) {
    orders.put(new SagaInstance(order.orderId(), status, step, 1, reason, 5, 5, null));
  }

  private Optional<SagaDecision> cancel(UUID orderId) {
    return await(signals.cancel(orderId));
  }

  private Optional<SagaDecision> operate(UUID orderId, Trigger signal) {
    return await(signals.operate(orderId, signal, signal.label(), BY_EVE));
  }

  private static String text(Optional<SagaDecision> decision) {
    return decision
        .map(
            found ->
                found.<String>match(
                    advanced -> advanced.next().status() + " " + advanced.next().step(),
                    ignored -> "ignored: " + ignored.why(),
                    refused -> "refused: " + refused.why()))
        .orElse("none");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          RUNNING      | reserve-stock  | -                     | COMPENSATING reserve-stock
          RUNNING      | charge-payment | -                     | COMPENSATING charge-payment
          RUNNING      | ship-stock     | -                     | refused: the order is paid
          STUCK        | ship-stock     | -                     | refused: the order is paid
          COMPLETED    | ship-stock     | -                     | refused: the order is paid
          COMPENSATING | reserve-stock  | CANCELLED_BY_CUSTOMER | ignored: the order is cancelled already
          COMPENSATED  | reserve-stock  | CANCELLED_BY_CUSTOMER | ignored: the order is cancelled already
          COMPENSATING | reserve-stock  | TIMED_OUT             | refused: the order is rejected, or about to be
          STUCK        | reserve-stock  | TIMED_OUT             | refused: the order is rejected, or about to be
          COMPENSATED  | reserve-stock  | OUT_OF_STOCK          | refused: the order is rejected, or about to be
          """)
  void customerCancelsInEachState(
      SagaStatus status, String step, @Nullable AbortReason reason, String decision) {
    put(status, step, reason);

    assertThat(text(cancel(order.orderId()))).isEqualTo(decision);
    assertThat(orders.actions()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          RETRY_REQUESTED      | RUNNING      | reserve-stock  | -            | refused: the saga is RUNNING
          RETRY_REQUESTED      | STUCK        | ship-stock     | -            | RUNNING ship-stock
          RETRY_REQUESTED      | STUCK        | charge-payment | TIMED_OUT    | COMPENSATING charge-payment
          RETRY_REQUESTED      | COMPENSATING | charge-payment | TIMED_OUT    | refused: the saga is COMPENSATING
          RETRY_REQUESTED      | COMPLETED    | ship-stock     | -            | refused: the saga is COMPLETED
          RETRY_REQUESTED      | COMPENSATED  | reserve-stock  | OUT_OF_STOCK | refused: the saga is COMPENSATED
          SKIP_REQUESTED       | RUNNING      | ship-stock     | -            | refused: the saga is RUNNING
          SKIP_REQUESTED       | STUCK        | ship-stock     | -            | COMPLETED ship-stock
          SKIP_REQUESTED       | STUCK        | charge-payment | TIMED_OUT    | COMPENSATING reserve-stock
          SKIP_REQUESTED       | STUCK        | reserve-stock  | TIMED_OUT    | COMPENSATED reserve-stock
          SKIP_REQUESTED       | COMPENSATING | reserve-stock  | TIMED_OUT    | refused: the saga is COMPENSATING
          SKIP_REQUESTED       | COMPLETED    | ship-stock     | -            | refused: the saga is COMPLETED
          SKIP_REQUESTED       | COMPENSATED  | reserve-stock  | TIMED_OUT    | refused: the saga is COMPENSATED
          COMPENSATE_REQUESTED | RUNNING      | ship-stock     | -            | refused: the saga is RUNNING
          COMPENSATE_REQUESTED | STUCK        | ship-stock     | -            | COMPENSATING charge-payment
          COMPENSATE_REQUESTED | STUCK        | charge-payment | TIMED_OUT    | refused: the saga is being compensated already
          COMPENSATE_REQUESTED | COMPENSATING | charge-payment | TIMED_OUT    | refused: the saga is being compensated already
          COMPENSATE_REQUESTED | COMPLETED    | ship-stock     | -            | refused: the saga is COMPLETED
          COMPENSATE_REQUESTED | COMPENSATED  | reserve-stock  | TIMED_OUT    | refused: the saga is COMPENSATED
          """)
  void operatorSignalsInEachState(
      Trigger signal,
      SagaStatus status,
      String step,
      @Nullable AbortReason reason,
      String decision) {
    put(status, step, reason);

    assertThat(text(operate(order.orderId(), signal))).isEqualTo(decision);

    String entry = "eve " + signal.label() + " " + order.orderId();
    String outcome =
        decision.startsWith("refused: ") ? " REFUSED: " + decision.substring(9) : " DONE";
    assertThat(orders.actions()).containsExactly(entry + outcome);
  }

  @Test
  void grantedSignalIsWrittenWithItsEntryInOneTransaction() {
    put(SagaStatus.STUCK, "ship-stock", null);

    assertThat(operate(order.orderId(), Trigger.RETRY_REQUESTED)).isPresent();

    assertThat(orders.database().statements())
        .containsExactly("find order", LOCK + " of 1", UPDATE, LOG, APPEND, LOG_ACTION, COMMIT);
    assertThat(orders.messages(order)).containsExactly("1:ReserveStock", "6:ShipStock");
  }

  @Test
  void refusedSignalWritesItsEntryAndMovesNothing() {
    assertThat(operate(order.orderId(), Trigger.SKIP_REQUESTED)).isPresent();

    assertThat(orders.database().statements())
        .containsExactly("find order", LOCK + " of 1", LOG_ACTION, COMMIT);
    assertThat(orders.saga(order)).isEqualTo("RUNNING reserve-stock/1 v1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"find order", LOCK, UPDATE, LOG, APPEND, LOG_ACTION, COMMIT})
  void oneFailedStatementLeavesTheSagaAndTheLogAsTheyWere(String statement) {
    put(SagaStatus.STUCK, "ship-stock", null);
    orders.database().fail(statement, new IllegalStateException("refused"));

    assertThatThrownBy(
            () -> assertThat(operate(order.orderId(), Trigger.RETRY_REQUESTED)).isPresent())
        .hasMessage("refused");

    assertThat(orders.saga(order)).isEqualTo("STUCK ship-stock/1 v5");
    assertThat(orders.messages(order)).containsExactly("1:ReserveStock");
    assertThat(orders.actions()).isEmpty();
  }

  @Test
  void unknownOrderHasNoDecisionAndNoEntry() {
    UUID unknown = new UUID(0, 2);

    assertThat(cancel(unknown)).isEmpty();
    assertThat(operate(unknown, Trigger.RETRY_REQUESTED)).isEmpty();

    assertThat(orders.actions()).isEmpty();
    assertThat(orders.database().statements()).doesNotContain(LOCK + " of 1");
  }

  @Test
  void endIsReportedAfterTheCommitAndNotBefore() {
    put(SagaStatus.STUCK, "ship-stock", null);
    Future<Wake> ended = orders.outcomes().await(order.orderId(), Duration.ofSeconds(20));
    var commit = orders.database().hold(COMMIT);
    Future<Optional<SagaDecision>> skipped =
        signals.operate(order.orderId(), Trigger.SKIP_REQUESTED, "skip-step", BY_EVE);
    LOOP.settle();
    assertThat(ended.isComplete()).isFalse();
    assertThat(skipped.isComplete()).isFalse();

    LOOP.execute(commit::complete);

    assertThat(ended.result()).isEqualTo(Wake.COMMIT);
    assertThat(orders.count("orders.ended", "outcome", "COMPLETED")).isEqualTo(1);
  }
}
