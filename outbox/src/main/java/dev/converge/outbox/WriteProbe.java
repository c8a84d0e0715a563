package dev.converge.outbox;

import io.vertx.core.Future;
import io.vertx.core.VertxException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Writes what almost every transaction writes, and rolls back: logical decoding never sends it. A
 * constraint or a trigger that refuses this too refuses every message: it belongs to the
 * environment.
 */
final class WriteProbe {
  private static final long WITHIN_MS = 2_000;

  // A deferred trigger would never run. Ranges of the outbox's age are read, never the whole table,
  // and the server stops when the client does.
  static final String BEGIN =
      """
      SET CONSTRAINTS ALL IMMEDIATE;
      SET LOCAL enable_seqscan = off;
      SET LOCAL statement_timeout = '2s'
      """;

  // Constants, so that no row decides over the probe. Only the topic is that of a recent row, to
  // which the service may send; where there is none, the outbox is not probed.
  static final String WRITE_ROW =
      """
      INSERT INTO outbox (id, aggregatetype, aggregateid, sequence, type, payload, correlationid)
      SELECT $1, aggregatetype, 'probe', 1, 'probe', '{}', $1
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
    return tx.query(BEGIN)
        .execute()
        .compose(begun -> tx.preparedQuery(WRITE_ROW).execute(Tuple.of(id)))
        .compose(written -> tx.preparedQuery(MARK_SEEN).execute(Tuple.of(id)))
        .mapEmpty();
  }
}
