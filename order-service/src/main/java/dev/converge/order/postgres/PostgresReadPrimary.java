package dev.converge.order.postgres;

import dev.converge.faults.RowCountException;
import dev.converge.faults.RowCounts;
import dev.converge.order.application.ReadPrimary;
import dev.converge.order.reads.NodePosition;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.function.Function;

/** The primary of order-db, while it has replicas. */
public final class PostgresReadPrimary implements ReadPrimary {
  // A row of each instance: instances do not wait for each other's commits.
  private static final String BARRIER =
      """
      INSERT INTO read_barrier (instance, passed_at) VALUES ($1, clock_timestamp())
      ON CONFLICT (instance) DO UPDATE SET passed_at = excluded.passed_at
      """;

  // Several instances beat no more often than one. After the clock was set back, the row is of the
  // future, and a replica would look fresh until then.
  private static final String BEAT =
      """
      UPDATE read_heartbeat
      SET beat_at = clock_timestamp(),
          system = (SELECT system_identifier FROM pg_control_system()),
          timeline = ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint
      WHERE beat_at < clock_timestamp() - interval '40 milliseconds'
         OR beat_at > clock_timestamp()
      """;

  private final PostgresReadNode node;
  private final Pool barriers;
  private final Pool beats;
  private final String instance;

  /**
   * @param reads for reads of the API
   * @param barriers whose commits wait for a standby
   * @param beats whose commits wait for this node alone: a beat is worth nothing if it is late
   * @param instance distinguishes the instances of the service
   */
  public PostgresReadPrimary(Pool reads, Pool barriers, Pool beats, String instance) {
    this.node = new PostgresReadNode(reads);
    this.barriers = barriers;
    this.beats = beats;
    this.instance = instance;
  }

  @Override
  public Future<NodePosition> position() {
    return node.position();
  }

  @Override
  public <T> Future<Seen<T>> read(Function<SqlClient, Future<T>> query) {
    return node.read(query);
  }

  @Override
  public Future<Void> barrier() {
    return barriers
        .preparedQuery(BARRIER)
        .execute(Tuple.of(instance))
        .compose(rows -> RowCounts.expect("read_barrier", rows.rowCount(), 1));
  }

  @Override
  public Future<Void> beat() {
    return beats.preparedQuery(BEAT).execute().compose(rows -> atMostOne(rows.rowCount()));
  }

  private static Future<Void> atMostOne(int rows) {
    return rows <= 1
        ? Future.succeededFuture()
        : Future.failedFuture(new RowCountException("read_heartbeat", rows, 1));
  }
}
