package dev.converge.commitment.postgres;

import dev.converge.commitment.InDoubtBranches;
import dev.converge.commitment.protocol.BranchState;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Reads the branches in doubt of a database, with the sessions and the log that they block. */
public final class BranchesInDoubt implements InDoubtBranches {
  private static final long TIMEOUT_MS = 5_000;

  /**
   * The locks of a prepared transaction have no process id, and pg_blocking_pids() reports 0 for
   * their holder. The holder is found by the lock on its transaction id, which shares the virtual
   * transaction id with its other locks. A session behind a waiter is blocked by the waiter's pid.
   */
  private static final String OLDEST =
      """
      WITH RECURSIVE branch AS (
        SELECT p.gid, p.transaction AS xid, p.prepared AS since,
               CASE WHEN c.gid IS NULL THEN 'PREPARED' ELSE 'PRECOMMITTED' END AS state
          FROM pg_prepared_xacts p
          LEFT JOIN transaction_precommit c USING (gid)
         WHERE p.database = current_database()
        UNION ALL
        SELECT gid, NULL, at, 'PREPARED' FROM transaction_branch WHERE state = 'TRIED'
      ), oldest AS (
        SELECT * FROM branch ORDER BY since LIMIT $1
      ), lock AS MATERIALIZED (
        SELECT * FROM pg_locks
      ), waiting AS MATERIALIZED (
        SELECT pid, pg_blocking_pids(pid) AS blockers
          FROM (SELECT DISTINCT pid FROM lock WHERE NOT granted AND pid IS NOT NULL) AS session
      ), held AS (
        SELECT o.gid, h.*
          FROM oldest o
          JOIN lock x ON x.locktype = 'transactionid' AND x.transactionid = o.xid
                     AND x.granted AND x.pid IS NULL
          JOIN lock h ON h.virtualtransaction = x.virtualtransaction AND h.pid IS NULL
      ), waiter (gid, pid) AS (
        SELECT h.gid, w.pid
          FROM held h
          JOIN lock w ON NOT w.granted AND w.locktype = h.locktype
                     AND w.database IS NOT DISTINCT FROM h.database
                     AND w.relation IS NOT DISTINCT FROM h.relation
                     AND w.page IS NOT DISTINCT FROM h.page
                     AND w.tuple IS NOT DISTINCT FROM h.tuple
                     AND w.transactionid IS NOT DISTINCT FROM h.transactionid
                     AND w.classid IS NOT DISTINCT FROM h.classid
                     AND w.objid IS NOT DISTINCT FROM h.objid
                     AND w.objsubid IS NOT DISTINCT FROM h.objsubid
          JOIN waiting b ON b.pid = w.pid AND 0 = ANY (b.blockers)
        UNION
        SELECT r.gid, b.pid FROM waiter r JOIN waiting b ON r.pid = ANY (b.blockers)
      ), held_log AS (
        SELECT coalesce(max(pg_current_wal_lsn() - restart_lsn), 0)::bigint AS bytes
          FROM pg_replication_slots
         WHERE database = current_database()
      )
      SELECT o.gid, o.state,
             greatest(0, extract(epoch FROM clock_timestamp() - o.since) * 1000)::bigint,
             (SELECT count(*) FROM waiter w WHERE w.gid = o.gid)::int,
             CASE WHEN o.xid IS NULL THEN 0 ELSE held_log.bytes END
        FROM oldest o CROSS JOIN held_log
       ORDER BY o.since
      """;

  private final Pool pool;

  public BranchesInDoubt(Pool pool) {
    this.pool = pool;
  }

  @Override
  public Future<List<Entry>> oldest(int limit) {
    return pool.preparedQuery(OLDEST)
        .execute(Tuple.of(limit))
        .map(BranchesInDoubt::entries)
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  private static List<Entry> entries(RowSet<Row> rows) {
    List<Entry> entries = new ArrayList<>(rows.size());
    for (Row row : rows) {
      entries.add(
          new Entry(
              row.getString(0),
              BranchState.valueOf(row.getString(1)),
              Duration.ofMillis(row.getLong(2)),
              row.getInteger(3),
              row.getLong(4)));
    }
    return entries;
  }
}
