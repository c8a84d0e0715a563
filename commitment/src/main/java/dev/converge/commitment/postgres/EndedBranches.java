package dev.converge.commitment.postgres;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The retention of the rows of branches that have ended, and of acknowledged divergences. */
final class EndedBranches {
  private static final long TIMEOUT_MS = 5_000;

  private EndedBranches() {}

  static Future<Integer> prune(Pool pool, Duration olderThan, int limit) {
    Tuple values = Tuple.of(olderThan.toMillis(), limit);
    return pool.preparedQuery(
            """
            DELETE FROM transaction_branch WHERE gid IN (
                SELECT gid FROM transaction_branch
                 WHERE at < now() - $1 * interval '1 millisecond' AND state <> 'TRIED'
                 ORDER BY at
                 LIMIT $2)
            """)
        .execute(values)
        .map(RowSet::rowCount)
        .compose(branches -> prunePrecommits(pool, values).map(branches))
        .compose(branches -> pruneAcknowledged(pool, values).map(branches))
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  // A precommit whose branch is still prepared is needed, however old it is.
  private static Future<Void> prunePrecommits(Pool pool, Tuple values) {
    return pool.preparedQuery(
            """
            DELETE FROM transaction_precommit WHERE gid IN (
                SELECT gid FROM transaction_precommit
                 WHERE at < now() - $1 * interval '1 millisecond'
                   AND gid NOT IN (SELECT gid FROM pg_prepared_xacts)
                 ORDER BY at
                 LIMIT $2)
            """)
        .execute(values)
        .mapEmpty();
  }

  private static Future<Void> pruneAcknowledged(Pool pool, Tuple values) {
    return pool.preparedQuery(
            """
            DELETE FROM transaction_divergence WHERE gid IN (
                SELECT gid FROM transaction_divergence
                 WHERE acknowledged_at < now() - $1 * interval '1 millisecond'
                 ORDER BY acknowledged_at
                 LIMIT $2)
            """)
        .execute(values)
        .mapEmpty();
  }
}
