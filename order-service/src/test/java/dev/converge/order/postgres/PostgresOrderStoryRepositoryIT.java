package dev.converge.order.postgres;

import static dev.converge.order.OrderDatabase.await;
import static dev.converge.order.OrderDatabase.newOrder;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.converge.order.OrderDatabase;
import dev.converge.order.OrderEngine;
import dev.converge.order.application.OrderStoryRepository.OrderStory;
import dev.converge.order.application.OrderStoryRepository.SentMessage;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.saga.SagaBatch.Event;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaSignal.Trigger;
import dev.converge.order.saga.SagaStatus;
import dev.converge.order.saga.SagaTransition;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: an order's story shows its saga, its timeline and what it has sent. Method: the repository
 * on a real PostgreSQL, after the engine has moved the saga.
 */
class PostgresOrderStoryRepositoryIT {
  private final OrderDatabase database = new OrderDatabase();
  private final OrderEngine engine = new OrderEngine(database);
  private final PostgresOrderStoryRepository stories = new PostgresOrderStoryRepository();

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void storyHasEveryTransitionOfTheOrder() {
    Order order = newOrder();
    engine.place(order, newOrder());
    database.inTransaction(
        tx ->
            engine
                .engine()
                .signal(tx, List.of(new Event(order.orderId(), Trigger.CANCEL_REQUESTED))));

    OrderStory story = await(stories.find(database.pool(), order.orderId())).orElseThrow();

    assertThat(story.order().asPlaced()).isEqualTo(order);
    assertThat(story.order().status()).isEqualTo(OrderStatus.PENDING);
    SagaInstance saga = Objects.requireNonNull(story.saga());
    assertThat(saga.status()).isEqualTo(SagaStatus.COMPENSATING);
    assertThat(saga.version()).isEqualTo(2);
    assertThat(story.timeline())
        .extracting(SagaTransition::signal)
        .containsExactly("OrderPlaced", "CancelRequested");
    assertThat(story.timeline().get(1))
        .isEqualTo(
            new SagaTransition(
                order.orderId(),
                2,
                engine.clock().instant().truncatedTo(ChronoUnit.MICROS),
                "CancelRequested",
                SagaStatus.COMPENSATING,
                "reserve-stock",
                1,
                "ReleaseStock"));
  }

  @Test
  void messagesOfAnOrderAreListedBySequence() {
    Order order = newOrder();
    engine.place(order, newOrder());
    database.inTransaction(
        tx ->
            engine
                .engine()
                .signal(tx, List.of(new Event(order.orderId(), Trigger.CANCEL_REQUESTED))));

    assertThat(await(stories.messages(database.pool(), order)))
        .extracting(SentMessage::sequence, SentMessage::topic, SentMessage::type)
        .containsExactly(
            tuple(1L, "inventory.commands", "dev.converge.inventory.ReserveStock.v1"),
            tuple(2L, "inventory.commands", "dev.converge.inventory.ReleaseStock.v1"));
  }

  @Test
  void unknownOrderHasNoStory() {
    assertThat(await(stories.find(database.pool(), UUID.randomUUID()))).isEmpty();
  }

  @Test
  void orderOfAnotherProtocolHasNoSaga() {
    Order ended = OrderDatabase.ended(newOrder(), null);
    PostgresOrderRepository orders = new PostgresOrderRepository();
    database.inTransaction(tx -> orders.insertEnded(tx, ended));

    OrderStory story = await(stories.find(database.pool(), ended.orderId())).orElseThrow();

    assertThat(story).isEqualTo(new OrderStory(ended, null, List.of()));
  }
}
