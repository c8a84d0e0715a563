package dev.converge.order.application;

import static dev.converge.order.InMemoryOrders.order;
import static dev.converge.testkit.ConnectedDatabase.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.order.InMemoryOrders;
import dev.converge.order.application.FindOrder.Inspection;
import dev.converge.order.application.OrderStoryRepository.SentMessage;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.saga.SagaBatch.Event;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaSignal.Trigger;
import dev.converge.order.saga.SagaStatus;
import dev.converge.order.saga.SagaTransition;
import dev.converge.testkit.EventLoop;
import java.net.ConnectException;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Goal: an order is shown with its saga, what it awaits, its timeline and its messages, in their
 * order. Method: the use case on tables in memory.
 */
class FindOrderTest {
  private static final EventLoop LOOP = new EventLoop();
  private static final UUID UNKNOWN = new UUID(0, 9);

  private final InMemoryOrders orders = new InMemoryOrders(LOOP.vertx());
  private final FindOrder findOrder =
      new FindOrder(
          orders.database().pool(),
          orders.orders(),
          orders.sagas(),
          orders.stories(),
          orders.definition());
  private final Order first = order(1);
  private final Order second = order(2);
  private final Order third = order(3);

  @AfterAll
  static void close() {
    LOOP.close();
  }

  private void cancel(Order order) {
    Event cancel = new Event(order.orderId(), Trigger.CANCEL_REQUESTED);
    orders.database().inTransaction(tx -> orders.engine().signal(tx, List.of(cancel)));
  }

  private Inspection inspect(Order order) {
    return await(findOrder.inspect(order.orderId())).orElseThrow();
  }

  @Test
  void unknownOrderIsAbsent() {
    orders.place(first);

    assertThat(await(findOrder.order(UNKNOWN))).isEmpty();
    assertThat(await(findOrder.story(UNKNOWN))).isEmpty();
    assertThat(await(findOrder.inspect(UNKNOWN))).isEmpty();
    assertThat(orders.database().statements()).doesNotContain("list messages");
  }

  @Test
  void storyHasTheOrderItsSagaAndItsTimelineInOrder() {
    orders.place(first, second);
    cancel(first);

    var story = await(findOrder.story(first.orderId())).orElseThrow();

    assertThat(story.order()).isEqualTo(first);
    assertThat(story.saga()).isEqualTo(orders.stored(first.orderId()).orElseThrow());
    assertThat(story.timeline())
        .extracting(SagaTransition::signal)
        .containsExactly("OrderPlaced", "CancelRequested");
  }

  @Test
  void inspectionAddsTheAwaitedReplyAndTheMessagesInOrder() {
    orders.place(first, second);
    cancel(first);

    Inspection found = inspect(first);

    assertThat(found.awaits()).contains("StockReleased");
    assertThat(found.saga().status()).isEqualTo(SagaStatus.COMPENSATING);
    assertThat(found.messages()).extracting(SentMessage::sequence).containsExactly(1L, 2L);
    assertThat(inspect(second).awaits()).contains("StockReserved");
  }

  @Test
  void endedSagaAwaitsNothing() {
    orders.place(first);
    orders.put(
        new SagaInstance(first.orderId(), SagaStatus.COMPLETED, "ship-stock", 1, null, 4, 4, null));

    assertThat(inspect(first).awaits()).isEmpty();
    assertThat(await(findOrder.order(first.orderId())).orElseThrow().status())
        .isEqualTo(OrderStatus.COMPLETED);
  }

  @Test
  void ordersAreListedNewestFirstBeforeTheGivenOneWithTheGivenStatus() {
    orders.place(first, second, third);
    orders.put(
        new SagaInstance(
            second.orderId(), SagaStatus.COMPLETED, "ship-stock", 1, null, 4, 4, null));

    assertThat(await(findOrder.list(third.orderId(), null, 10)))
        .extracting(Order::orderId)
        .containsExactly(second.orderId(), first.orderId());
    assertThat(await(findOrder.list(null, OrderStatus.PENDING, 1)))
        .extracting(Order::orderId)
        .containsExactly(third.orderId());
  }

  @Test
  void stuckSagasAreListedAfterTheGivenOne() {
    orders.place(first, second);
    SagaInstance stuck =
        new SagaInstance(second.orderId(), SagaStatus.STUCK, "ship-stock", 1, null, 4, 4, null);
    orders.put(stuck);

    assertThat(await(findOrder.stuck(first.orderId(), 10))).containsExactly(stuck);
    assertThat(await(findOrder.stuck(second.orderId(), 10))).isEmpty();
  }

  @Test
  void failedReadOfTheMessagesFailsTheInspection() {
    orders.place(first);
    orders.database().fail("list messages", new ConnectException("unavailable"));

    assertThatThrownBy(() -> assertThat(inspect(first)).isNull())
        .isInstanceOf(ConnectException.class);
  }
}
