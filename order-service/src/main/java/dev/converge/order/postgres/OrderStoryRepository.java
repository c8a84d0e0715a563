package dev.converge.order.postgres;

import dev.converge.order.domain.Order;
import dev.converge.order.postgres.SagaRepository.Transition;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaStatus;
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
import java.util.stream.StreamSupport;

/** Orders together with their sagas and timelines. */
public final class OrderStoryRepository {
  // One statement has one snapshot: order, saga and timeline are of the same moment.
  private static final String FIND =
      """
      SELECT o.order_id, o.customer_id, o.currency, o.total_minor, o.lines, o.payment_token,
             o.status, o.reason, o.traceparent, o.placed_at, o.ended_at,
             s.status AS saga_status, s.step, s.attempt, s.abort_reason, s.version, s.messages,
             s.deadline_at,
             (SELECT json_agg(transition ORDER BY version)
              FROM (SELECT version, at, signal, status, step, attempt, sent FROM saga_log
                    WHERE order_id = $1
                    ORDER BY version
                    LIMIT 200) AS transition) AS timeline
      FROM orders o JOIN saga s USING (order_id)
      WHERE o.order_id = $1
      """;

  /** An order, its saga and its timeline, all of one moment. */
  public record OrderStory(Order order, SagaInstance saga, List<Transition> timeline) {}

  /** An order with what has happened to it, the first 200 transitions of it. */
  public Future<Optional<OrderStory>> find(SqlClient client, UUID orderId) {
    return client
        .preparedQuery(FIND)
        .execute(Tuple.of(orderId))
        .map(
            rows ->
                StreamSupport.stream(rows.spliterator(), false)
                    .map(OrderStoryRepository::fromRow)
                    .findFirst());
  }

  private static OrderStory fromRow(Row row) {
    Order order = OrderRepository.fromRow(row);
    return new OrderStory(
        order, SagaRepository.saga(row), timeline(order.orderId(), row.getJsonArray("timeline")));
  }

  private static List<Transition> timeline(UUID orderId, JsonArray timeline) {
    return timeline.stream()
        .map(JsonObject.class::cast)
        .map(transition -> transition(orderId, transition))
        .toList();
  }

  private static Transition transition(UUID orderId, JsonObject transition) {
    return new Transition(
        orderId,
        transition.getInteger("version"),
        OffsetDateTime.parse(transition.getString("at")).toInstant(),
        transition.getString("signal"),
        SagaStatus.valueOf(transition.getString("status")),
        transition.getString("step"),
        transition.getInteger("attempt"),
        transition.getString("sent"));
  }
}
