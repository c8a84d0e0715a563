package dev.converge.order.postgres;

import dev.converge.order.application.OrderStoryRepository;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderProtocol;
import dev.converge.order.saga.SagaStatus;
import dev.converge.order.saga.SagaTransition;
import dev.converge.service.postgres.StoredRows;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Orders together with their sagas and timelines. */
public final class PostgresOrderStoryRepository implements OrderStoryRepository {
  // One statement has one snapshot: order, saga and timeline are consistent. The casts fix the
  // types in the timeline's JSON, even where a column has another type.
  private static final String FIND =
      """
      SELECT o.order_id, o.customer_id, o.currency, o.total_minor, o.lines, o.payment_token,
             o.status, o.reason, o.traceparent, o.placed_at, o.ended_at, o.protocol, o.transaction,
             s.status AS saga_status, s.step, s.attempt, s.abort_reason, s.version, s.messages,
             s.deadline_at,
             (SELECT json_agg(transition ORDER BY version)
              FROM (SELECT version::int, at::timestamptz, signal, status, step, attempt::int, sent
                    FROM saga_log
                    WHERE order_id = $1
                    ORDER BY version
                    LIMIT 200) AS transition) AS timeline
      FROM orders o LEFT JOIN saga s USING (order_id)
      WHERE o.order_id = $1 AND (s.order_id IS NOT NULL OR o.protocol IS NOT NULL)
      """;

  // The outbox is written constantly and rarely read, so it has no index: this scans the daily
  // partitions since the order was placed. The hour allows for clocks that differ.
  private static final String MESSAGES =
      """
      SELECT id, sequence, aggregatetype, type, causationid, created_at
      FROM outbox
      WHERE aggregateid = $1 AND created_at >= $2::timestamptz - interval '1 hour'
      ORDER BY sequence
      LIMIT 200
      """;

  @Override
  public Future<Optional<OrderStory>> find(SqlClient client, UUID orderId) {
    return client
        .preparedQuery(FIND)
        .execute(Tuple.of(orderId))
        .map(rows -> StoredRows.first("saga_log", rows, PostgresOrderStoryRepository::fromRow));
  }

  @Override
  public Future<List<SentMessage>> messages(SqlClient client, Order order) {
    return client
        .preparedQuery(MESSAGES)
        .execute(
            Tuple.of(order.orderId().toString(), PostgresOrderRepository.utc(order.placedAt())))
        .map(rows -> StoredRows.list("outbox", rows, PostgresOrderStoryRepository::message));
  }

  private static SentMessage message(Row row) {
    return new SentMessage(
        row.getUUID("id"),
        row.getLong("sequence"),
        StoredRows.text("aggregatetype", row.getString("aggregatetype")),
        StoredRows.text("type", row.getString("type")),
        row.getUUID("causationid"),
        row.getOffsetDateTime("created_at").toInstant());
  }

  private static OrderStory fromRow(Row row) {
    Order order = PostgresOrderRepository.fromRow(row);
    if (order.protocol() != OrderProtocol.SAGA) {
      return new OrderStory(order, null, List.of());
    }
    return new OrderStory(
        order,
        PostgresSagaRepository.saga(row),
        timeline(order.orderId(), row.getJsonArray("timeline")));
  }

  private static List<SagaTransition> timeline(UUID orderId, JsonArray timeline) {
    return timeline.stream()
        .map(JsonObject.class::cast)
        .map(transition -> transition(orderId, transition))
        .toList();
  }

  private static SagaTransition transition(UUID orderId, JsonObject transition) {
    return new SagaTransition(
        orderId,
        transition.getInteger("version"),
        OffsetDateTime.parse(transition.getString("at")).toInstant(),
        StoredRows.text("signal", transition.getString("signal")),
        StoredRows.constant(SagaStatus.class, "status", transition.getString("status")),
        StoredRows.text("step", transition.getString("step")),
        transition.getInteger("attempt"),
        StoredRows.text("sent", transition.getString("sent")));
  }
}
