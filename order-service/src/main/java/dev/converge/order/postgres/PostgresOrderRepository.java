package dev.converge.order.postgres;

import dev.converge.faults.RowCounts;
import dev.converge.faults.UnexpectedRowsException;
import dev.converge.order.application.OrderRepository;
import dev.converge.order.domain.AbortReason;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderLine;
import dev.converge.order.domain.OrderProtocol;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.domain.OrderTotals;
import dev.converge.order.domain.OrderTotals.Total;
import dev.converge.order.domain.OrderTransaction;
import dev.converge.service.postgres.StoredRows;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.math.BigInteger;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The table {@code placed_order} and the view {@code orders}. */
public final class PostgresOrderRepository implements OrderRepository {
  private static final String VIEW = "orders";

  private static final String INSERT =
      """
      INSERT INTO placed_order (order_id, customer_id, currency, total_minor, lines, payment_token,
                                traceparent, placed_at)
      SELECT order_id, customer_id, currency, total_minor, lines::json, payment_token, traceparent,
             placed_at
      FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[],
                  $8::timestamptz[])
           AS placed (order_id, customer_id, currency, total_minor, lines, payment_token, traceparent,
                      placed_at)
      """;

  private static final String INSERT_ENDED =
      """
      INSERT INTO placed_order (order_id, customer_id, currency, total_minor, lines, payment_token,
                                traceparent, placed_at, protocol, outcome, outcome_reason,
                                outcome_at, transaction)
      VALUES ($1, $2, $3, $4, $5::text::json, $6, $7, $8, $9, $10, $11, $12, $13::text::json)
      """;

  private static final String UPDATE_END =
      """
      UPDATE placed_order
      SET outcome = $2, outcome_reason = $3, outcome_at = $4, transaction = $5::text::json
      WHERE order_id = $1 AND protocol IS NOT NULL
      """;

  private static final String FIND =
      """
      SELECT order_id, customer_id, currency, total_minor, lines, payment_token, status, reason,
             traceparent, placed_at, ended_at, protocol, transaction
      FROM orders WHERE order_id = $1
      """;

  private static final String FIND_ALL =
      """
      SELECT order_id, customer_id, currency, total_minor, lines, payment_token, status, reason,
             traceparent, placed_at, ended_at, protocol, transaction
      FROM orders WHERE order_id = ANY($1)
      """;

  // UUIDv7 keys: the newest order has the greatest id.
  private static final String LIST =
      """
      SELECT order_id, customer_id, currency, total_minor, lines, payment_token, status, reason,
             traceparent, placed_at, ended_at, protocol, transaction
      FROM orders
      WHERE ($1::uuid IS NULL OR order_id < $1) AND ($2::text IS NULL OR status = $2)
      ORDER BY order_id DESC
      LIMIT $3
      """;

  // A full join merges two indexes; a left join would look up each order by itself (SagaAudit says
  // why). Excluding sagas without an order here would turn it into a left join.
  // The checksum stays within a bigint: as numeric it takes four times as long (ADR 0019).
  private static final String TOTALS =
      """
      SELECT currency,
             count(*) FILTER (WHERE status = 'COMPLETED' OR outcome = 'COMPLETED') AS orders,
             coalesce(sum(total_minor) FILTER (WHERE status = 'COMPLETED' OR outcome = 'COMPLETED'),
                      0) AS sum_minor,
             coalesce(
                 sum((total_minor % 2147483647 + 1) * ((get_byte(uuid_send(order_id), 13) << 16)
                     | (get_byte(uuid_send(order_id), 14) << 8) | get_byte(uuid_send(order_id), 15)))
                 FILTER (WHERE status = 'COMPLETED' OR outcome = 'COMPLETED'), 0) AS checksum,
             (array_agg(order_id) FILTER (WHERE ended_at IS NULL AND outcome IS NULL))[1:$3]
                 AS pending,
             least((SELECT order_id FROM saga
                    WHERE order_id >= $1 AND order_id < $2 AND status = 'COMPLETED'
                    ORDER BY order_id LIMIT 1),
                   (SELECT order_id FROM placed_order
                    WHERE order_id >= $1 AND order_id < $2 AND outcome = 'COMPLETED'
                      AND protocol IS NOT NULL
                    ORDER BY order_id LIMIT 1)) AS first_completed
      FROM (SELECT order_id, currency, total_minor, outcome FROM placed_order
            WHERE order_id >= $1 AND order_id < $2) AS o
      FULL JOIN (SELECT order_id, status, ended_at FROM saga
                 WHERE order_id >= $1 AND order_id < $2) AS s USING (order_id)
      GROUP BY currency
      ORDER BY currency
      """;

  @Override
  public Future<Void> insert(SqlConnection tx, List<Order> orders) {
    Tuple columns =
        Tuple.of(
            orders.stream().map(Order::orderId).toArray(UUID[]::new),
            orders.stream().map(Order::customerId).toArray(String[]::new),
            orders.stream().map(Order::currency).toArray(String[]::new),
            orders.stream().map(Order::totalMinor).toArray(Long[]::new),
            orders.stream().map(PostgresOrderRepository::json).toArray(String[]::new),
            orders.stream().map(Order::paymentToken).toArray(String[]::new));
    columns.addValue(orders.stream().map(Order::traceparent).toArray(String[]::new));
    columns.addValue(orders.stream().map(o -> utc(o.placedAt())).toArray(OffsetDateTime[]::new));
    return tx.preparedQuery(INSERT)
        .execute(columns)
        .compose(rows -> RowCounts.expect("placed_order", rows.rowCount(), orders.size()));
  }

  @Override
  public Future<Void> insertEnded(SqlConnection tx, Order order) {
    Tuple columns =
        Tuple.of(
            order.orderId(),
            order.customerId(),
            order.currency(),
            order.totalMinor(),
            json(order),
            order.paymentToken());
    columns.addValue(order.traceparent()).addValue(utc(order.placedAt()));
    columns.addValue(order.protocol().label());
    return tx.preparedQuery(INSERT_ENDED)
        .execute(addEnd(columns, order))
        .compose(rows -> RowCounts.expect("placed_order", rows.rowCount(), 1));
  }

  @Override
  public Future<Void> updateEnd(SqlConnection tx, Order order) {
    return tx.preparedQuery(UPDATE_END)
        .execute(addEnd(Tuple.of(order.orderId()), order))
        .compose(rows -> RowCounts.expect("placed_order", rows.rowCount(), 1));
  }

  private static Tuple addEnd(Tuple columns, Order order) {
    OrderTransaction transaction = order.transaction();
    Instant endedAt = order.endedAt();
    if (transaction == null || endedAt == null) {
      throw new IllegalArgumentException("an order of the saga: " + order.orderId());
    }
    return columns
        .addValue(order.status().name())
        .addValue(name(order.reason()))
        .addValue(utc(endedAt))
        .addValue(json(transaction));
  }

  private static String json(OrderTransaction transaction) {
    JsonObject votes = new JsonObject();
    transaction.votes().forEach(votes::put);
    return new JsonObject()
        .put("gid", transaction.gid())
        .put("decision", transaction.decision())
        .put("votes", votes)
        .encode();
  }

  @Override
  public Future<Optional<Order>> find(SqlClient client, UUID orderId) {
    return client
        .preparedQuery(FIND)
        .execute(Tuple.of(orderId))
        .map(rows -> StoredRows.first(VIEW, rows, PostgresOrderRepository::fromRow));
  }

  @Override
  public Future<Map<UUID, Order>> findAll(SqlClient client, Collection<UUID> orderIds) {
    return orderIds.isEmpty()
        ? Future.succeededFuture(Map.of())
        : client
            .preparedQuery(FIND_ALL)
            .execute(Tuple.of((Object) orderIds.toArray(UUID[]::new)))
            .map(
                rows ->
                    StoredRows.byKey(
                        VIEW, rows, PostgresOrderRepository::fromRow, Order::orderId, orderIds));
  }

  @Override
  public Future<List<Order>> list(
      SqlClient client, @Nullable UUID before, @Nullable OrderStatus status, int limit) {
    return client
        .preparedQuery(LIST)
        .execute(Tuple.of(before, name(status), limit))
        .map(rows -> StoredRows.list(VIEW, rows, PostgresOrderRepository::fromRow));
  }

  @Override
  public Future<OrderTotals> totals(SqlClient client, UUID from, UUID before) {
    return client
        .preparedQuery(TOTALS)
        .execute(Tuple.of(from, before, OrderTotals.MOST_PENDING + 1))
        .map(PostgresOrderRepository::totals);
  }

  private static OrderTotals totals(RowSet<Row> rows) {
    List<Total> completed = new ArrayList<>();
    List<UUID> pending = new ArrayList<>();
    UUID first = null;
    for (Row row : rows) {
      String currency = row.getString("currency");
      long orders = row.getLong("orders");
      first = row.getUUID("first_completed");
      // A saga without its order has nothing to sum.
      if (currency != null && orders > 0) {
        completed.add(
            new Total(currency, orders, integer(row, "sum_minor"), integer(row, "checksum")));
      }
      UUID[] open = row.getArrayOfUUIDs("pending");
      pending.addAll(open == null ? List.of() : List.of(open));
    }
    boolean more = pending.size() > OrderTotals.MOST_PENDING;
    return new OrderTotals(
        completed,
        Optional.ofNullable(first),
        more ? pending.subList(0, OrderTotals.MOST_PENDING) : pending,
        more);
  }

  private static BigInteger integer(Row row, String column) {
    return row.getBigDecimal(column).toBigIntegerExact();
  }

  static Order fromRow(Row row) {
    OffsetDateTime endedAt = row.getOffsetDateTime("ended_at");
    return new Order(
        row.getUUID("order_id"),
        StoredRows.text("customer_id", row.getString("customer_id")),
        StoredRows.text("currency", row.getString("currency")),
        row.getLong("total_minor"),
        lines(row.getJsonArray("lines")),
        StoredRows.text("payment_token", row.getString("payment_token")),
        StoredRows.constant(OrderStatus.class, "status", row.getString("status")),
        reason(row.getString("reason")),
        StoredRows.textOrNull("traceparent", row.getString("traceparent")),
        row.getOffsetDateTime("placed_at").toInstant(),
        endedAt == null ? null : endedAt.toInstant(),
        transaction(row));
  }

  private static @Nullable OrderTransaction transaction(Row row) {
    String label = StoredRows.textOrNull("protocol", row.getString("protocol"));
    if (label == null) {
      return null;
    }
    OrderProtocol protocol =
        OrderProtocol.of(label)
            .orElseThrow(() -> new UnexpectedRowsException("an unknown value in protocol"));
    JsonObject stored = (JsonObject) row.getJson("transaction");
    Map<String, String> votes = new TreeMap<>();
    stored
        .getJsonObject("votes")
        .forEach(vote -> votes.put(vote.getKey(), (String) vote.getValue()));
    return new OrderTransaction(
        protocol, stored.getString("gid"), stored.getString("decision").equals("COMMIT"), votes);
  }

  /** An order as it was placed, without its later status. */
  static Order placed(Row row) {
    return new Order(
        row.getUUID("order_id"),
        StoredRows.text("customer_id", row.getString("customer_id")),
        StoredRows.text("currency", row.getString("currency")),
        row.getLong("total_minor"),
        lines((JsonArray) row.getJson("lines")),
        StoredRows.text("payment_token", row.getString("payment_token")),
        OrderStatus.PENDING,
        null,
        StoredRows.textOrNull("traceparent", row.getString("traceparent")),
        row.getOffsetDateTime("placed_at").toInstant(),
        null,
        null);
  }

  static @Nullable AbortReason reason(@Nullable String name) {
    return name == null ? null : StoredRows.constant(AbortReason.class, "abort_reason", name);
  }

  static @Nullable String name(@Nullable Enum<?> value) {
    return value == null ? null : value.name();
  }

  static OffsetDateTime utc(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }

  private static String json(Order order) {
    JsonArray lines = new JsonArray();
    for (OrderLine line : order.lines()) {
      lines.add(
          new JsonObject()
              .put("sku", line.sku())
              .put("quantity", line.quantity())
              .put("unitPriceMinor", line.unitPriceMinor()));
    }
    return lines.encode();
  }

  private static List<OrderLine> lines(JsonArray lines) {
    return lines.stream()
        .map(JsonObject.class::cast)
        .map(
            line ->
                new OrderLine(
                    StoredRows.text("lines", line.getString("sku")),
                    line.getInteger("quantity"),
                    line.getLong("unitPriceMinor")))
        .toList();
  }
}
