package dev.converge.order.messaging;

import static dev.converge.order.InMemoryOrders.APPEND;
import static dev.converge.order.InMemoryOrders.order;
import static dev.converge.order.InMemorySagas.LOCK;
import static dev.converge.order.InMemorySagas.LOG;
import static dev.converge.order.InMemorySagas.UPDATE;
import static dev.converge.testkit.InMemoryDatabase.COMMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.faults.UnexpectedRowsException;
import dev.converge.order.InMemoryOrders;
import dev.converge.order.application.OrderOutcomes.Wake;
import dev.converge.order.domain.Order;
import dev.converge.order.saga.ParticipantMessages;
import dev.converge.order.saga.ParticipantMessages.OrderCompleted;
import dev.converge.order.saga.ParticipantMessages.PaymentCharged;
import dev.converge.order.saga.ParticipantMessages.StockRefused;
import dev.converge.order.saga.ParticipantMessages.StockReserved;
import dev.converge.order.saga.ParticipantMessages.StockShipped;
import dev.converge.outbox.AfterCommit;
import dev.converge.outbox.InboundMessage;
import dev.converge.outbox.MessageOrigin;
import dev.converge.outbox.OutboxMessage;
import dev.converge.outbox.Payload;
import dev.converge.outbox.UnprocessableMessageException;
import dev.converge.testkit.EventLoop;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: a batch of replies moves its sagas, appends what follows, and is written as a whole or not
 * at all. Method: the handler and the engine on tables in memory, whose statements are recorded and
 * fail when the test says so.
 */
class SagaReplyHandlerTest {
  private static final EventLoop LOOP = new EventLoop();
  private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  private final InMemoryOrders orders = new InMemoryOrders(LOOP.vertx());
  private final SagaReplyHandler handler = new SagaReplyHandler(orders.engine());
  private final Order first = order(1);
  private final Order second = order(2);
  private int messages;

  @AfterAll
  static void close() {
    LOOP.close();
  }

  private InboundMessage message(Order order, Record payload) {
    return message(order, ParticipantMessages.TYPES.encode(payload));
  }

  private InboundMessage message(Order order, Payload payload) {
    messages++;
    return new InboundMessage(
        new UUID(9, messages),
        payload.type(),
        order.orderId().toString(),
        payload.json(),
        null,
        null,
        null,
        TRACE,
        new InboundMessage.Source(SagaReplyHandler.TOPIC, 0, messages));
  }

  private InboundMessage reserved(Order order) {
    return message(order, new StockReserved(order.orderId()));
  }

  private InboundMessage refused(Order order) {
    return message(order, new StockRefused(order.orderId(), "OUT_OF_STOCK", "mug"));
  }

  @CanIgnoreReturnValue
  private AfterCommit handle(InboundMessage... batch) {
    orders.database().clearStatements();
    return orders.database().inTransaction(tx -> handler.handle(tx, List.of(batch)));
  }

  @Test
  void locksEachSagaOnceAndWritesAfterTheDecision() {
    orders.place(first, second);

    handle(
        reserved(first),
        reserved(second),
        message(first, new PaymentCharged(first.orderId())),
        message(first, new StockShipped(first.orderId())));

    assertThat(orders.database().statements())
        .containsExactly(LOCK + " of 2", UPDATE, LOG, APPEND, COMMIT);
    assertThat(orders.saga(first)).isEqualTo("COMPLETED ship-stock/1 v4");
    assertThat(orders.timeline(first))
        .containsExactly(
            "1:OrderPlaced>ReserveStock",
            "2:StockReserved>ChargePayment",
            "3:PaymentCharged>ShipStock",
            "4:StockShipped>OrderCompleted");
    assertThat(orders.messages(first))
        .containsExactly("1:ReserveStock", "2:ChargePayment", "3:ShipStock", "4:OrderCompleted");
    assertThat(orders.saga(second)).isEqualTo("RUNNING charge-payment/1 v2");
  }

  @ParameterizedTest
  @ValueSource(strings = {LOCK, UPDATE, LOG, APPEND, COMMIT})
  void oneFailedStatementLeavesNothingOfTheBatch(String statement) {
    orders.place(first, second);
    orders.database().fail(statement, new IllegalStateException("refused"));

    assertThatThrownBy(() -> handle(reserved(first), refused(second))).hasMessage("refused");

    assertThat(orders.saga(first)).isEqualTo("RUNNING reserve-stock/1 v1");
    assertThat(orders.timeline(second)).containsExactly("1:OrderPlaced>ReserveStock");
    assertThat(orders.messages(first)).containsExactly("1:ReserveStock");
    assertThat(orders.messages(second)).containsExactly("1:ReserveStock");
  }

  @Test
  void commandNamesItsOrderTheReplyThatCausedItAndItsTrace() {
    orders.place(first);
    InboundMessage reply = reserved(first);

    handle(reply);

    assertThat(orders.sent(first).get(1).topic()).isEqualTo("payment.commands");
    assertThat(orders.sent(first))
        .extracting(OutboxMessage::origin)
        .containsExactly(
            new MessageOrigin(first.orderId(), null, InMemoryOrders.TRACE),
            new MessageOrigin(first.orderId(), reply.id(), TRACE));
  }

  @Test
  void redeliveredReplyWritesNothingAndIsCounted() {
    orders.place(first);
    handle(reserved(first));

    handle(reserved(first)).run();

    assertThat(orders.database().statements()).containsExactly(LOCK + " of 1", COMMIT);
    assertThat(orders.messages(first)).containsExactly("1:ReserveStock", "2:ChargePayment");
    assertThat(orders.count("saga.signals.ignored", "why", "not the reply that is awaited"))
        .isEqualTo(1);
  }

  @Test
  void replyToAnEndedSagaIsIgnored() {
    orders.place(first);
    handle(refused(first));

    handle(reserved(first)).run();

    assertThat(orders.saga(first)).isEqualTo("COMPENSATED reserve-stock/1 v2");
    assertThat(orders.count("saga.signals.ignored", "why", "the saga has ended")).isEqualTo(1);
  }

  @Test
  void knownMessageThatIsNotAReplyIsIgnored() {
    orders.place(first);

    handle(message(first, new OrderCompleted(first.orderId()))).run();

    assertThat(orders.saga(first)).isEqualTo("RUNNING reserve-stock/1 v1");
    assertThat(orders.count("saga.signals.ignored", "why", "not the reply that is awaited"))
        .isEqualTo(1);
  }

  @Test
  void replyWithoutASagaIsUnprocessableAndWritesNothing() {
    orders.place(first);

    assertThatThrownBy(() -> handle(reserved(first), reserved(second)))
        .isInstanceOf(UnprocessableMessageException.class)
        .hasMessage("order " + second.orderId() + " has no saga");

    assertThat(orders.saga(first)).isEqualTo("RUNNING reserve-stock/1 v1");
  }

  private InboundMessage reservedFor(Instant received) {
    UUID orderId = new UUID(received.toEpochMilli() << 16 | 7L << 12, Long.MIN_VALUE);
    return reserved(Order.placed(orderId, "ada", "EUR", first.lines(), "tok_ok", TRACE, received));
  }

  @ParameterizedTest
  @ValueSource(ints = {-10, 0, 10})
  void replyToAnOrderThatMayNotBeVisibleYetIsTriedAgain(int secondsOld) {
    assertThatThrownBy(() -> handle(reservedFor(orders.clock().instant().minusSeconds(secondsOld))))
        .isInstanceOf(UnexpectedRowsException.class)
        .hasMessageEndingWith("is not visible yet");
  }

  @ParameterizedTest
  @ValueSource(ints = {-11, 11, 86_400})
  void replyToAnOrderThatMustBeVisibleIsUnprocessable(int secondsOld) {
    assertThatThrownBy(() -> handle(reservedFor(orders.clock().instant().minusSeconds(secondsOld))))
        .isInstanceOf(UnprocessableMessageException.class)
        .hasMessageEndingWith("has no saga");
  }

  @Test
  void messageThatCannotBeDecodedIsUnprocessableBeforeAnyLock() {
    orders.place(first);

    assertThatThrownBy(() -> handle(message(first, new Payload("unknown.v1", "{}"))))
        .isInstanceOf(UnprocessableMessageException.class);
    assertThatThrownBy(() -> handle(message(first, new StockReserved(second.orderId()))))
        .isInstanceOf(UnprocessableMessageException.class);

    assertThat(orders.database().statements()).isEmpty();
  }

  @Test
  void endIsReportedAfterTheCommitAndNotBefore() {
    orders.place(first);
    Future<Wake> ended = orders.outcomes().await(first.orderId(), Duration.ofSeconds(20));

    AfterCommit afterCommit = handle(refused(first));
    LOOP.settle();
    assertThat(ended.isComplete()).isFalse();
    assertThat(orders.count("orders.ended", "outcome", "REJECTED")).isZero();

    LOOP.execute(afterCommit::run);
    assertThat(ended.result()).isEqualTo(Wake.COMMIT);
    assertThat(orders.count("orders.ended", "outcome", "REJECTED")).isEqualTo(1);
  }
}
