package dev.converge.inventory.postgres;

import dev.converge.faults.RowCounts;
import dev.converge.inventory.application.DeferredCommandRepository;
import dev.converge.inventory.domain.HeldStock.Waiting;
import dev.converge.outbox.InboundMessage;
import dev.converge.service.postgres.StoredRows;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** The table {@code deferred_command}. */
public final class PostgresDeferredCommandRepository implements DeferredCommandRepository {
  private static final String TABLE = "deferred_command";

  private static final String WAITING =
      """
      SELECT order_id, skus, type LIKE '%.ShipStock.%' AS ships FROM deferred_command
      WHERE order_id = ANY($1)
      """;

  private static final String APPEND =
      """
      INSERT INTO deferred_command (message_id, order_id, type, payload, traceparent, skus, topic,
                                    partition_id, record_offset)
      SELECT message_id, order_id, type, payload, traceparent,
             ARRAY(SELECT json_array_elements_text(skus::json)), topic, partition_id, record_offset
      FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                  $8::int[], $9::bigint[])
           WITH ORDINALITY
           AS new (message_id, order_id, type, payload, traceparent, skus, topic, partition_id,
                   record_offset, number)
      ORDER BY number
      """;

  // The next statement sees what the transaction before has deleted.
  private static final String TAKE_TURN =
      "SELECT pg_try_advisory_xact_lock(hashtext('deferred_command')) AS taken";

  // The xmax of the version that others see is the transaction that locks it.
  private static final String FREE =
      """
      WITH needed AS MATERIALIZED (
        SELECT DISTINCT unnest(skus) AS sku FROM deferred_command
      ), held AS MATERIALIZED (
        SELECT sku FROM needed JOIN stock USING (sku)
        WHERE stock.xmax = ANY (ARRAY(SELECT transaction FROM pg_prepared_xacts))
      ), waiting AS MATERIALIZED (
        SELECT order_id FROM deferred_command WHERE skus && ARRAY(SELECT sku FROM held)
      )
      SELECT message_id, order_id, type, payload, traceparent, topic, partition_id, record_offset
      FROM deferred_command
      WHERE order_id NOT IN (SELECT order_id FROM waiting) AND ($1::uuid IS NULL OR order_id = $1)
      ORDER BY position
      LIMIT $2
      """;

  private static final String DELETE = "DELETE FROM deferred_command WHERE message_id = ANY($1)";

  private static final String BACKLOG =
      """
      SELECT count(*) AS commands,
             coalesce(extract(epoch FROM clock_timestamp() - min(deferred_at)) * 1000, 0)::bigint
                 AS oldest_ms
      FROM deferred_command
      """;

  @Override
  public Future<Map<UUID, Waiting>> waiting(SqlConnection tx, Collection<UUID> orderIds) {
    return tx.preparedQuery(WAITING)
        .execute(Tuple.of((Object) orderIds.toArray(UUID[]::new)))
        .map(PostgresDeferredCommandRepository::byOrder);
  }

  private static Map<UUID, Waiting> byOrder(RowSet<Row> rows) {
    Map<UUID, Waiting> waiting = new HashMap<>();
    StoredRows.list(TABLE, rows, row -> Map.entry(row.getUUID("order_id"), waiting(row)))
        .forEach(each -> waiting.merge(each.getKey(), each.getValue(), Waiting::and));
    return waiting;
  }

  private static Waiting waiting(Row row) {
    return new Waiting(
        new TreeSet<>(List.of(row.getArrayOfStrings("skus"))), row.getBoolean("ships"));
  }

  @Override
  public Future<Void> append(SqlConnection tx, List<Deferred> commands) {
    if (commands.isEmpty()) {
      return Future.succeededFuture();
    }
    Tuple columns =
        Tuple.of(
            column(commands, UUID[]::new, InboundMessage::id),
            column(commands, UUID[]::new, message -> UUID.fromString(message.aggregateId())),
            column(commands, String[]::new, InboundMessage::type),
            column(commands, String[]::new, InboundMessage::payload),
            column(commands, String[]::new, InboundMessage::traceparent),
            commands.stream().map(PostgresDeferredCommandRepository::json).toArray(String[]::new));
    columns.addValue(column(commands, String[]::new, message -> message.source().topic()));
    columns.addValue(column(commands, Integer[]::new, message -> message.source().partition()));
    columns.addValue(column(commands, Long[]::new, message -> message.source().offset()));
    return tx.preparedQuery(APPEND)
        .execute(columns)
        .compose(rows -> RowCounts.expect(TABLE, rows.rowCount(), commands.size()));
  }

  private static <T extends @Nullable Object> T[] column(
      List<Deferred> commands, IntFunction<T[]> array, Function<InboundMessage, T> value) {
    return commands.stream().map(Deferred::message).map(value).toArray(array);
  }

  private static String json(Deferred command) {
    return new JsonArray(List.copyOf(command.skus())).encode();
  }

  @Override
  public Future<List<InboundMessage>> takeFree(
      SqlConnection tx, Optional<UUID> orderId, int limit) {
    return tx.preparedQuery(TAKE_TURN)
        .execute()
        .map(rows -> rows.iterator().next().getBoolean("taken"))
        .compose(
            taken ->
                taken
                    ? tx.preparedQuery(FREE)
                        .execute(Tuple.of(orderId.orElse(null), limit))
                        .map(PostgresDeferredCommandRepository::messages)
                    : Future.succeededFuture(List.of()));
  }

  private static List<InboundMessage> messages(RowSet<Row> rows) {
    return StoredRows.list(TABLE, rows, PostgresDeferredCommandRepository::message);
  }

  private static InboundMessage message(Row row) {
    return new InboundMessage(
        row.getUUID("message_id"),
        StoredRows.text("type", row.getString("type")),
        row.getUUID("order_id").toString(),
        row.getString("payload"),
        null,
        null,
        null,
        StoredRows.textOrNull("traceparent", row.getString("traceparent")),
        new InboundMessage.Source(
            StoredRows.text("topic", row.getString("topic")),
            row.getInteger("partition_id"),
            row.getLong("record_offset")));
  }

  @Override
  public Future<Void> delete(SqlConnection tx, List<InboundMessage> handled) {
    UUID[] ids = handled.stream().map(InboundMessage::id).toArray(UUID[]::new);
    return ids.length == 0
        ? Future.succeededFuture()
        : tx.preparedQuery(DELETE)
            .execute(Tuple.of((Object) ids))
            .compose(rows -> RowCounts.expect(TABLE, rows.rowCount(), ids.length));
  }

  @Override
  public Future<Backlog> backlog(SqlClient client) {
    return client
        .preparedQuery(BACKLOG)
        .execute()
        .map(rows -> rows.iterator().next())
        .map(
            row ->
                new Backlog(row.getLong("commands"), Duration.ofMillis(row.getLong("oldest_ms"))));
  }
}
