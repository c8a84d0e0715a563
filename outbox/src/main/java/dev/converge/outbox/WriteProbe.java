package dev.converge.outbox;

import dev.converge.faults.RowCounts;
import dev.converge.faults.TransientFaults;
import dev.converge.outbox.delivery.Fault;
import io.vertx.core.Future;
import io.vertx.core.VertxException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Classifies failures by a probe if the exception alone does not suffice. The probe writes a row of
 * the outbox, of the inbox and of its positions, as almost every transaction does, and rolls back;
 * logical decoding never publishes it. A constraint or a trigger that refuses the probe refuses
 * every message, and so belongs to the environment.
 */
final class WriteProbe {
  private static final Logger LOG = LoggerFactory.getLogger(WriteProbe.class);
  private static final long TIMEOUT_MS = 2_000;

  // Deferred triggers would never run, hence IMMEDIATE. Only recent rows of the outbox are read,
  // and the server stops when the client does.
  static final String BEGIN =
      """
      SET CONSTRAINTS ALL IMMEDIATE;
      SET LOCAL enable_seqscan = off;
      SET LOCAL statement_timeout = '2s'
      """;

  // Constants, so that no stored row affects the probe, and an empty outbox is probed as well. A
  // service may restrict the topics: the row has the first topic that a constraint lists, or else
  // that of a recent row.
  static final String WRITE_ROW =
      """
      INSERT INTO outbox (id, aggregatetype, aggregateid, sequence, type, payload, correlationid)
      SELECT $1,
             coalesce(
                 (SELECT (regexp_match(
                     pg_get_constraintdef(oid),
                     'aggregatetype[^''=<>~!]* = (ANY \\(+ARRAY\\[)?''([^'']+)'''))[2] AS topic
                  FROM pg_constraint
                  WHERE conrelid = 'outbox'::regclass AND contype = 'c'
                  ORDER BY topic
                  LIMIT 1),
                 (SELECT aggregatetype
                  FROM outbox
                  WHERE created_at > now() - interval '1 hour'
                  LIMIT 1),
                 'write-probe'),
             'probe', 1, 'probe', '{}', $1
      """;

  private static final String MARK_SEEN =
      """
      INSERT INTO inbox (message_id, consumer) VALUES ($1, 'write-probe')
      """;

  // With a topic of its own: two probes do not wait for each other.
  private static final String MOVE =
      """
      INSERT INTO inbox_position (consumer, topic, topic_id, partition_id, next_offset)
      VALUES ('write-probe', $1, 'write-probe', 0, 0)
      """;

  private WriteProbe() {}

  /**
   * Classifies a failure, with a probe if it is {@link Fault#UNCERTAIN}. The drivers report a lost
   * connection in more ways than they document, and a constraint or a trigger may refuse one row or
   * all. Never fails; takes two seconds at most.
   */
  static Future<Fault> fault(Throwable cause, Pool pool) {
    Fault fault = FaultClassifier.of(cause);
    return fault == Fault.UNCERTAIN
        ? of(pool)
            .onFailure(WriteProbe::logRefusal)
            .map(Fault.UNCERTAIN)
            .otherwise(Fault.ENVIRONMENT)
        : Future.succeededFuture(fault);
  }

  // The cause of the probe's failure has to be repaired, not that of the message's.
  private static void logRefusal(Throwable cause) {
    LOG.warn(
        "a row of the outbox or the inbox cannot be written: {}", TransientFaults.describe(cause));
  }

  /** Succeeds if the writes are accepted, else fails with their refusal. Leaves nothing behind. */
  static Future<Void> of(Pool pool) {
    VertxException rolledBack = VertxException.noStackTrace("rolled back");
    return pool.<Void>withTransaction(
            tx -> write(tx).compose(written -> Future.failedFuture(rolledBack)))
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS)
        .recover(
            cause -> cause == rolledBack ? Future.succeededFuture() : Future.failedFuture(cause));
  }

  private static Future<Void> write(SqlConnection tx) {
    UUID id = OutboxMessage.newId();
    return tx.query(BEGIN)
        .execute()
        .compose(begun -> write(tx, "outbox", WRITE_ROW, id))
        .compose(written -> write(tx, "inbox", MARK_SEEN, id))
        .compose(written -> write(tx, "inbox_position", MOVE, id.toString()));
  }

  // A trigger can drop the row without an error.
  private static Future<Void> write(SqlConnection tx, String table, String sql, Object value) {
    return tx.preparedQuery(sql)
        .execute(Tuple.of(value))
        .compose(rows -> RowCounts.expect(table, rows.rowCount(), 1));
  }
}
