package dev.converge.commitment.postgres;

import dev.converge.commitment.GlobalId;
import dev.converge.commitment.protocol.BranchState;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The rows of branches that have ended: the last ones, and their retention, which is also that of
 * acknowledged divergences.
 */
final class EndedBranches {
  private static final long TIMEOUT_MS = 5_000;

  private EndedBranches() {}

  /** The last ones of a protocol in one of these states, the oldest first. */
  static Future<List<GlobalId>> last(
      Pool pool, String protocol, Set<BranchState> states, Duration since, int limit) {
    String[] names = states.stream().map(BranchState::name).toArray(String[]::new);
    return pool.preparedQuery(
            """
            SELECT gid FROM transaction_branch
             WHERE at > now() - $2 * interval '1 millisecond' AND starts_with(gid, $1)
               AND state = ANY ($3)
             ORDER BY at DESC
             LIMIT $4
            """)
        .execute(Tuple.of(protocol + ".", since.toMillis(), names, limit))
        .map(EndedBranches::oldestFirst)
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  private static List<GlobalId> oldestFirst(RowSet<Row> newestFirst) {
    List<GlobalId> ids = new ArrayList<>(newestFirst.size());
    newestFirst.forEach(row -> GlobalId.parse(row.getString("gid")).ifPresent(ids::add));
    Collections.reverse(ids);
    return ids;
  }

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
