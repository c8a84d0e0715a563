package dev.converge.order.application;

import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.domain.OrderTotals;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The orders. The status of an order is that of its saga, if it has one. */
public interface OrderRepository {
  Future<Void> insert(SqlConnection tx, List<Order> orders);

  /** Inserts an order that a transaction has ended. It has no saga. */
  Future<Void> insertEnded(SqlConnection tx, Order order);

  /** Writes another end of an order that has no saga. */
  Future<Void> updateEnd(SqlConnection tx, Order order);

  Future<Optional<Order>> find(SqlClient client, UUID orderId);

  /** Those of the orders that exist, by their ids. */
  Future<Map<UUID, Order>> findAll(SqlClient client, Collection<UUID> orderIds);

  /**
   * A page of orders, the newest first.
   *
   * @param before the last order of the page before, or null for the first page
   */
  Future<List<Order>> list(
      SqlClient client, @Nullable UUID before, @Nullable OrderStatus status, int limit);

  /**
   * The totals of the orders in a range of ids.
   *
   * @param from the first id of the range
   * @param before the first id after the range
   */
  Future<OrderTotals> totals(SqlClient client, UUID from, UUID before);
}
