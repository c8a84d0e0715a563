package dev.converge.order.postgres;

import dev.converge.faults.UnexpectedRowsException;
import dev.converge.order.application.ReadNode;
import dev.converge.order.reads.NodePosition;
import dev.converge.service.postgres.StoredRows;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.util.function.Function;

/** A node of order-db and its position in the log. */
public final class PostgresReadNode implements ReadNode {
  private static final String TABLE = "read_heartbeat";

  // The row is of the primary. On a replica it is as old as everything else there.
  private static final String POSITION =
      """
      SELECT pg_is_in_recovery() AS is_replica, system, timeline,
             (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                   ELSE pg_current_wal_flush_lsn() END - '0/0')::bigint AS position,
             pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin,
             pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS xmax,
             greatest(0, extract(epoch FROM clock_timestamp() - beat_at) * 1000)::bigint
                 AS stale_millis
      FROM read_heartbeat
      """;

  private final Pool pool;

  public PostgresReadNode(Pool pool) {
    this.pool = pool;
  }

  @Override
  public Future<NodePosition> position() {
    return position(pool);
  }

  @Override
  public <T> Future<Seen<T>> read(Function<SqlClient, Future<T>> query) {
    return pool.withConnection(connection -> read(connection, query));
  }

  // Pipelined: the server runs the statements in this order, each with a snapshot of its own.
  private static <T> Future<Seen<T>> read(
      SqlConnection connection, Function<SqlClient, Future<T>> query) {
    Future<NodePosition> before = position(connection);
    Future<T> value = query.apply(connection);
    Future<NodePosition> after = position(connection);
    return Future.join(before, value, after)
        .map(done -> new Seen<>(before.result(), value.result(), after.result()));
  }

  private static Future<NodePosition> position(SqlClient client) {
    return client.preparedQuery(POSITION).execute().map(PostgresReadNode::position);
  }

  private static NodePosition position(RowSet<Row> rows) {
    return StoredRows.first(TABLE, rows, PostgresReadNode::position)
        .orElseThrow(() -> new UnexpectedRowsException(TABLE + ": no row"));
  }

  private static NodePosition position(Row row) {
    return new NodePosition(
        row.getBoolean("is_replica"),
        row.getLong("system"),
        row.getLong("timeline"),
        row.getLong("position"),
        row.getLong("xmin"),
        row.getLong("xmax"),
        row.getLong("stale_millis"));
  }
}
