package dev.converge.order.saga;

import static dev.converge.order.saga.SagaScenario.ORDER;
import static dev.converge.order.saga.SagaScenario.PLACED_AT;
import static dev.converge.order.saga.SagaScenario.TIMES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.saga.ParticipantMessages.ChargePayment;
import dev.converge.order.saga.ParticipantMessages.OrderCompleted;
import dev.converge.order.saga.ParticipantMessages.PaymentCharged;
import dev.converge.order.saga.ParticipantMessages.ReserveStock;
import dev.converge.order.saga.ParticipantMessages.ShipStock;
import dev.converge.order.saga.ParticipantMessages.StockRefused;
import dev.converge.order.saga.ParticipantMessages.StockReserved;
import dev.converge.order.saga.ParticipantMessages.StockShipped;
import dev.converge.order.saga.SagaBatch.Cause;
import dev.converge.order.saga.SagaBatch.Ended;
import dev.converge.order.saga.SagaBatch.Event;
import dev.converge.order.saga.SagaBatch.Message;
import dev.converge.order.saga.SagaDecision.Advanced;
import dev.converge.order.saga.SagaDecision.Ignored;
import dev.converge.order.saga.SagaDecision.Refused;
import dev.converge.order.saga.SagaSignal.Replied;
import dev.converge.order.saga.SagaSignal.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * Goal: a batch holds all that its transaction must write, and nothing else. Method: examples
 * against {@link ThreeSteps}.
 */
class SagaBatchTest {
  private static final UUID ID = ORDER.orderId();
  private static final UUID OTHER_ID = new UUID(0, 2);
  private static final Order OTHER =
      Order.placed(OTHER_ID, "customer-2", "EUR", ORDER.lines(), "tok_ok", "the-trace", PLACED_AT);
  private static final Instant LATER = PLACED_AT.plusSeconds(3);

  private final SagaDefinition definition = ThreeSteps.definition(TIMES);
  private final SagaInstance started = definition.start(ORDER, PLACED_AT).next();
  private final SagaInstance otherStarted = definition.start(OTHER, PLACED_AT).next();
  private final Map<UUID, OrderSaga> known =
      Map.of(ID, new OrderSaga(started, ORDER), OTHER_ID, new OrderSaga(otherStarted, OTHER));

  private SagaBatch decide(Event... events) {
    return SagaBatch.decide(definition, List.of(events), known, LATER);
  }

  private static Event replied(SagaReply reply) {
    return new Event(ID, new Replied(reply));
  }

  @Test
  void newOrdersStartTheirSagasWithTheFirstCommand() {
    SagaBatch batch = SagaBatch.start(definition, List.of(ORDER, OTHER), PLACED_AT);

    assertThat(batch.at()).isEqualTo(PLACED_AT);
    assertThat(batch.moved()).containsExactly(started, otherStarted);
    assertThat(batch.transitions())
        .containsExactly(
            new SagaTransition(
                ID,
                1,
                PLACED_AT,
                "OrderPlaced",
                SagaStatus.RUNNING,
                "reserve-stock",
                1,
                "ReserveStock"),
            new SagaTransition(
                OTHER_ID,
                1,
                PLACED_AT,
                "OrderPlaced",
                SagaStatus.RUNNING,
                "reserve-stock",
                1,
                "ReserveStock"));
    assertThat(batch.messages())
        .extracting(Message::orderId, Message::sequence, message -> message.payload().getClass())
        .containsExactly(
            tuple(ID, 1L, ReserveStock.class), tuple(OTHER_ID, 1L, ReserveStock.class));
    assertThat(batch.ended()).isEmpty();
    assertThat(batch.firstReplies()).isEmpty();
  }

  @Test
  void laterEventsOfAnOrderSeeTheEffectsOfEarlierOnes() {
    SagaBatch batch =
        decide(
            replied(new StockReserved(ID)),
            replied(new PaymentCharged(ID)),
            replied(new StockShipped(ID)));

    assertThat(batch.decisions()).hasSize(3).allMatch(Advanced.class::isInstance);
    assertThat(batch.moved())
        .singleElement()
        .satisfies(
            saga -> {
              assertThat(saga.status()).isEqualTo(SagaStatus.COMPLETED);
              assertThat(saga.version()).isEqualTo(4);
              assertThat(saga.messages()).isEqualTo(4);
            });
    assertThat(batch.transitions()).extracting(SagaTransition::version).containsExactly(2, 3, 4);
    assertThat(batch.transitions())
        .extracting(SagaTransition::signal)
        .containsExactly("StockReserved", "PaymentCharged", "StockShipped");
    assertThat(batch.messages()).extracting(Message::sequence).containsExactly(2L, 3L, 4L);
    assertThat(batch.messages())
        .extracting(message -> (Object) message.payload().getClass())
        .containsExactly(ChargePayment.class, ShipStock.class, OrderCompleted.class);
    assertThat(batch.ended()).extracting(Ended::orderId).containsExactly(ID);
  }

  @Test
  void eachEventHasItsDecisionAndOnlyThoseThatMoveASagaAreWritten() {
    SagaBatch batch =
        decide(
            replied(new PaymentCharged(ID)),
            replied(new StockReserved(ID)),
            replied(new StockReserved(ID)),
            new Event(OTHER_ID, Trigger.RETRY_REQUESTED));

    assertThat(batch.decisions())
        .extracting(decision -> (Object) decision.getClass())
        .containsExactly(Ignored.class, Advanced.class, Ignored.class, Refused.class);
    assertThat(batch.moved()).extracting(SagaInstance::orderId).containsExactly(ID);
    assertThat(batch.transitions()).hasSize(1);
    assertThat(batch.messages()).hasSize(1);
  }

  @Test
  void onlyTheFirstReplyOfAnOrderIsTimed() {
    SagaBatch batch =
        decide(
            new Event(OTHER_ID, Trigger.CANCEL_REQUESTED),
            replied(new StockReserved(ID)),
            replied(new PaymentCharged(ID)));

    assertThat(batch.firstReplies()).containsExactly(Duration.ofSeconds(3));
  }

  @Test
  void refusalIsAFirstReplyToo() {
    SagaBatch batch = decide(replied(new StockRefused(ID, "OUT_OF_STOCK", "apple")));

    assertThat(batch.firstReplies()).containsExactly(Duration.ofSeconds(3));
    assertThat(batch.ended())
        .containsExactly(
            new Ended(ID, OrderStatus.REJECTED, Duration.ofSeconds(3), ORDER.traceparent()));
  }

  @Test
  void messageContinuesTheTraceOfItsCauseOrElseOfItsOrder() {
    UUID messageId = new UUID(7, 7);
    SagaBatch batch =
        decide(
            new Event(
                OTHER_ID,
                new Replied(new StockReserved(OTHER_ID)),
                new Cause(messageId, "its-trace")),
            new Event(
                OTHER_ID, new Replied(new PaymentCharged(OTHER_ID)), new Cause(messageId, null)),
            new Event(ID, Trigger.CANCEL_REQUESTED));

    assertThat(batch.messages())
        .extracting(Message::cause)
        .containsExactly(
            new Cause(messageId, "its-trace"), new Cause(messageId, "the-trace"), Cause.NONE);
  }

  @Test
  void orderWithoutASagaIsAnError() {
    assertThatThrownBy(() -> decide(new Event(new UUID(0, 3), Trigger.CANCEL_REQUESTED)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has no saga");
  }
}
