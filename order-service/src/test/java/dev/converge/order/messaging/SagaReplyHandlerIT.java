package dev.converge.order.messaging;

import static dev.converge.order.OrderDatabase.await;
import static dev.converge.order.OrderDatabase.newOrder;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.order.OrderDatabase;
import dev.converge.order.OrderEngine;
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
import dev.converge.outbox.Payload;
import dev.converge.outbox.UnprocessableMessageException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: replies move the sagas of their orders, in one transaction with the messages that follow.
 * Method: the handler on a real PostgreSQL, with replies as Kafka delivers them.
 */
class SagaReplyHandlerIT {
  private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  private final OrderDatabase database = new OrderDatabase();
  private final OrderEngine engine = new OrderEngine(database);
  private final SagaReplyHandler handler = new SagaReplyHandler(engine.engine());

  @AfterEach
  void close() {
    database.close();
  }

  private static InboundMessage message(UUID orderId, Record reply) {
    Payload payload = ParticipantMessages.TYPES.encode(reply);
    return new InboundMessage(
        UUID.randomUUID(),
        payload.type(),
        orderId.toString(),
        payload.json(),
        null,
        null,
        null,
        TRACE,
        new InboundMessage.Source(SagaReplyHandler.TOPIC, 0, 0));
  }

  private AfterCommit handle(InboundMessage... batch) {
    return database.inTransaction(tx -> handler.handle(tx, List.of(batch)));
  }

  @Test
  void replyAdvancesItsSagaAndSendsTheNextCommand() {
    Order order = newOrder();
    engine.place(order);

    handle(message(order.orderId(), new StockReserved(order.orderId()))).run();

    assertThat(engine.saga(order)).isEqualTo("RUNNING charge-payment/1 v2");
    assertThat(engine.outbox(order)).isEqualTo("1:ReserveStock 2:ChargePayment");
    assertThat(engine.timeline(order))
        .isEqualTo("1:OrderPlaced>ReserveStock 2:StockReserved>ChargePayment");
  }

  @Test
  void batchMovesSeveralSagasAndOneOfThemSeveralTimes() {
    Order completed = newOrder();
    Order rejected = newOrder();
    engine.place(completed, rejected);

    handle(
            message(completed.orderId(), new StockReserved(completed.orderId())),
            message(
                rejected.orderId(), new StockRefused(rejected.orderId(), "OUT_OF_STOCK", "mug")),
            message(completed.orderId(), new PaymentCharged(completed.orderId())),
            message(completed.orderId(), new StockShipped(completed.orderId())))
        .run();

    assertThat(engine.saga(completed)).isEqualTo("COMPLETED ship-stock/1 v4");
    assertThat(engine.saga(rejected)).isEqualTo("COMPENSATED reserve-stock/1 v2");
    assertThat(engine.outbox(completed))
        .isEqualTo("1:ReserveStock 2:ChargePayment 3:ShipStock 4:OrderCompleted");
    assertThat(engine.outbox(rejected)).isEqualTo("1:ReserveStock 2:OrderRejected");
    assertThat(engine.count("orders.ended", "outcome", "COMPLETED")).isEqualTo(1);
    assertThat(engine.count("orders.ended", "outcome", "REJECTED")).isEqualTo(1);
  }

  @Test
  void messageNamesTheReplyThatCausedItAndContinuesItsTrace() {
    Order order = newOrder();
    engine.place(order);
    InboundMessage reply = message(order.orderId(), new StockReserved(order.orderId()));

    handle(reply).run();

    assertThat(
            database.value(
                "SELECT causationid || ' ' || traceparent FROM outbox WHERE sequence = 2"))
        .startsWith(reply.id() + " ")
        .contains("4bf92f3577b34da6a3ce929d0e0e4736");
  }

  @Test
  void duplicateChangesNothingAndIsCounted() {
    Order order = newOrder();
    engine.place(order);
    handle(message(order.orderId(), new StockReserved(order.orderId()))).run();
    String before = engine.saga(order) + engine.outbox(order) + engine.timeline(order);

    handle(message(order.orderId(), new StockReserved(order.orderId()))).run();

    assertThat(engine.saga(order) + engine.outbox(order) + engine.timeline(order))
        .isEqualTo(before);
    assertThat(engine.count("saga.signals.ignored", "why", "not the reply that is awaited"))
        .isEqualTo(1);
  }

  @Test
  void knownMessageThatIsNotAReplyIsIgnored() {
    Order order = newOrder();
    engine.place(order);

    handle(message(order.orderId(), new OrderCompleted(order.orderId()))).run();

    assertThat(engine.saga(order)).isEqualTo("RUNNING reserve-stock/1 v1");
  }

  @Test
  void replyForAnUnknownOrderIsUnprocessable() {
    UUID unknown = UUID.randomUUID();

    assertThatThrownBy(() -> handle(message(unknown, new StockReserved(unknown))))
        .isInstanceOf(UnprocessableMessageException.class)
        .hasMessageContaining("order " + unknown + " has no saga");
  }

  @Test
  void requestThatAwaitsTheEndContinuesAfterTheCommitOnly() {
    Order order = newOrder();
    engine.place(order);
    Future<Wake> ended = engine.outcomes().await(order.orderId(), Duration.ofSeconds(20));

    AfterCommit afterCommit =
        handle(message(order.orderId(), new StockRefused(order.orderId(), "OUT_OF_STOCK", "mug")));
    assertThat(ended.isComplete()).isFalse();
    afterCommit.run();

    assertThat(await(ended)).isEqualTo(Wake.COMMIT);
  }
}
