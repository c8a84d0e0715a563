package dev.converge.order.postgres;

import static dev.converge.order.OrderDatabase.await;
import static dev.converge.order.OrderDatabase.newOrder;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.order.OrderDatabase;
import dev.converge.order.domain.AbortReason;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.domain.OrderTotals;
import java.math.BigInteger;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: orders are read as they were written, and their status follows from their saga. Method: the
 * repository on a real PostgreSQL, with sagas that the test writes.
 */
class PostgresOrderRepositoryIT {
  private final OrderDatabase database = new OrderDatabase();
  private final PostgresOrderRepository orders = new PostgresOrderRepository();

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void ordersAreReadAsTheyWereWritten() {
    List<Order> written = List.of(newOrder(), newOrder());

    insert(written);

    assertThat(await(orders.find(database.pool(), written.get(0).orderId())))
        .contains(written.get(0));
    assertThat(
            await(orders.findAll(database.pool(), written.stream().map(Order::orderId).toList())))
        .containsOnlyKeys(written.get(0).orderId(), written.get(1).orderId())
        .containsValues(written.get(0), written.get(1));
  }

  @Test
  void unknownOrdersAreNotFound() {
    assertThat(await(orders.find(database.pool(), UUID.randomUUID()))).isEmpty();
    assertThat(await(orders.findAll(database.pool(), List.of()))).isEmpty();
    assertThat(await(orders.findAll(database.pool(), List.of(UUID.randomUUID())))).isEmpty();
  }

  @Test
  void statusAndReasonFollowFromTheSaga() {
    assertThat(statusWith("RUNNING", null)).isEqualTo("PENDING null");
    assertThat(statusWith("COMPENSATING", "TIMED_OUT")).isEqualTo("PENDING null");
    assertThat(statusWith("STUCK", "TIMED_OUT")).isEqualTo("PENDING null");
    assertThat(statusWith("COMPLETED", null)).isEqualTo("COMPLETED null");
    assertThat(statusWith("COMPENSATED", "TIMED_OUT")).isEqualTo("REJECTED TIMED_OUT");
    assertThat(statusWith("COMPENSATED", "CANCELLED_BY_CUSTOMER"))
        .isEqualTo("CANCELLED CANCELLED_BY_CUSTOMER");
  }

  private String statusWith(String sagaStatus, @Nullable String reason) {
    Order placed = newOrder();
    insert(List.of(placed));
    saga(placed.orderId(), sagaStatus, reason);
    Order found = await(orders.find(database.pool(), placed.orderId())).orElseThrow();
    assertThat(found.asPlaced()).isEqualTo(placed);
    assertThat(found.endedAt() != null).isEqualTo(found.status().isTerminal());
    return found.status() + " " + found.reason();
  }

  @Test
  void pagesListTheNewestOrdersFirst() {
    List<Order> placed = List.of(newOrder(), newOrder(), newOrder());
    insert(placed);
    saga(placed.get(0).orderId(), "COMPLETED", null);
    saga(placed.get(1).orderId(), "COMPENSATED", AbortReason.OUT_OF_STOCK.name());
    saga(placed.get(2).orderId(), "COMPLETED", null);

    assertThat(ids(await(orders.list(database.pool(), null, null, 2))))
        .containsExactly(placed.get(2).orderId(), placed.get(1).orderId());
    assertThat(ids(await(orders.list(database.pool(), placed.get(1).orderId(), null, 2))))
        .containsExactly(placed.get(0).orderId());
    assertThat(ids(await(orders.list(database.pool(), null, OrderStatus.COMPLETED, 2))))
        .containsExactly(placed.get(2).orderId(), placed.get(0).orderId());
  }

  @Test
  void orderThatATransactionHasEndedIsReadAsItWasWritten() {
    Order completed = OrderDatabase.ended(newOrder(), null);
    Order rejected = OrderDatabase.ended(newOrder(), AbortReason.OUT_OF_STOCK);
    database.inTransaction(tx -> orders.insertEnded(tx, completed));
    database.inTransaction(tx -> orders.insertEnded(tx, rejected));

    assertThat(await(orders.find(database.pool(), completed.orderId()))).contains(completed);
    assertThat(await(orders.list(database.pool(), null, OrderStatus.REJECTED, 5)))
        .containsExactly(rejected);

    Order changed = OrderDatabase.ended(completed, AbortReason.PAYMENT_DECLINED);
    database.inTransaction(tx -> orders.updateEnd(tx, changed));
    assertThat(await(orders.find(database.pool(), completed.orderId()))).contains(changed);
  }

  @Test
  void totalsCountCompletedOrdersOfEveryProtocol() {
    Order ofTheSaga = OrderDatabase.orderOf(new UUID(0x7000, 0x8000_0000_0000_0002L), 900);
    Order first = OrderDatabase.orderOf(new UUID(0x7000, 0x8000_0000_0000_0001L), 900);
    Order rejected = OrderDatabase.orderOf(new UUID(0x7000, 0x8000_0000_0000_0003L), 900);
    insert(List.of(ofTheSaga));
    saga(ofTheSaga.orderId(), "COMPLETED", null);
    database.inTransaction(tx -> orders.insertEnded(tx, OrderDatabase.ended(first, null)));
    database.inTransaction(
        tx -> orders.insertEnded(tx, OrderDatabase.ended(rejected, AbortReason.OUT_OF_STOCK)));

    OrderTotals totals =
        await(
            orders.totals(
                database.pool(), first.orderId(), new UUID(0x7000, 0x8000_0000_0000_0004L)));

    assertThat(totals.completed())
        .containsExactly(
            new OrderTotals.Total(
                "EUR", 2, BigInteger.valueOf(1_800), BigInteger.valueOf(901 * (1 + 2))));
    assertThat(totals.firstCompleted()).contains(first.orderId());
    assertThat(totals.pending()).isEmpty();
  }

  @Test
  void orderIsWrittenOnce() {
    Order placed = newOrder();
    insert(List.of(placed));

    assertThatThrownBy(() -> insert(List.of(placed))).hasMessageContaining("placed_order_pkey");
  }

  private static List<UUID> ids(List<Order> found) {
    return found.stream().map(Order::orderId).toList();
  }

  private void insert(List<Order> placed) {
    database.inTransaction(tx -> orders.insert(tx, placed));
  }

  private void saga(UUID orderId, String status, @Nullable String reason) {
    boolean ended = status.startsWith("COMP") && status.endsWith("ED");
    boolean open = !ended && !status.equals("STUCK");
    database.execute(
        """
            INSERT INTO saga (order_id, status, step, attempt, abort_reason, version, messages,
                              deadline_at, ended_at)
            VALUES ('%s', '%s', 'reserve-stock', 1, %s, 1, 1, %s, %s)
            """
            .formatted(
                orderId,
                status,
                reason == null ? "NULL" : "'" + reason + "'",
                open ? "now()" : "NULL",
                ended ? "now()" : "NULL"));
  }
}
