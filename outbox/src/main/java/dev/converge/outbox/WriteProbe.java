package dev.converge.outbox;

import io.vertx.core.Future;
import io.vertx.core.VertxException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Writes what almost every transaction writes, and rolls back. A constraint or a trigger that
 * refuses this too refuses every message: it belongs to the environment.
 */
final class WriteProbe {
  private static final long WITHIN_MS = 2_000;

  // A copy of a recent row satisfies what the table has demanded so far. Where there is none, the
  // outbox is not probed.
  private static final String COPY_ROW =
      """
      INSERT INTO outbox (id, aggregatetype, aggregateid, sequence, type, payload, correlationid)
      SELECT $1, aggregatetype, aggregateid, sequence, type, payload, correlationid
      FROM outbox
      WHERE created_at > now() - interval '1 hour'
      LIMIT 1
      """;

  private static final String MARK_SEEN =
      """
      INSERT INTO inbox (message_id, consumer) VALUES ($1, 'write-probe')
      """;

  private WriteProbe() {}

  /** Succeeds where the writes are accepted; fails with what refuses them. Leaves nothing. */
  static Future<Void> of(Pool pool) {
    VertxException rolledBack = VertxException.noStackTrace("rolled back");
    return pool.<Void>withTransaction(
            tx -> write(tx).compose(written -> Future.failedFuture(rolledBack)))
        .timeout(WITHIN_MS, TimeUnit.MILLISECONDS)
        .recover(
            cause -> cause == rolledBack ? Future.succeededFuture() : Future.failedFuture(cause));
  }

  private static Future<Void> write(SqlConnection tx) {
    UUID id = OutboxMessage.newId();
    // Or else a deferred trigger would never run.
    return tx.query("SET CONSTRAINTS ALL IMMEDIATE")
        .execute()
        .compose(immediate -> tx.preparedQuery(COPY_ROW).execute(Tuple.of(id)))
        .compose(copied -> tx.preparedQuery(MARK_SEEN).execute(Tuple.of(id)))
        .mapEmpty();
  }
}
