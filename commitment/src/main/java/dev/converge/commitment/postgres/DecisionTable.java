package dev.converge.commitment.postgres;

import dev.converge.commitment.Decision;
import dev.converge.commitment.Decisions;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.Traceparent;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The register of decisions as a table of the coordinator's database. The coordinator's own work
 * commits with its proposal: it needs no branch of its own.
 */
public final class DecisionTable implements Decisions {
  private static final long TIMEOUT_MS = 5_000;
  private static final Duration RETENTION = Duration.ofDays(7);

  private final Pool pool;
  private final Function<SqlConnection, Future<Void>> ownWork;

  /** The register for reading, for abort and for announcements: without work of its own. */
  public DecisionTable(Pool pool) {
    this(pool, tx -> Future.succeededFuture());
  }

  /**
   * @param ownWork what the coordinator writes in the transaction that proposes commit
   */
  public DecisionTable(Pool pool, Function<SqlConnection, Future<Void>> ownWork) {
    this.pool = pool;
    this.ownWork = ownWork;
  }

  @Override
  public Future<Decision> proposeCommit(GlobalId id, Context trace) {
    return pool.withTransaction(tx -> commitUnlessDecided(tx, id, trace))
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  private Future<Decision> commitUnlessDecided(SqlConnection tx, GlobalId id, Context trace) {
    return insert(tx, id, Decision.COMMIT, Traceparent.of(trace).orElse(null))
        .compose(isFirst -> isFirst ? ownWork.apply(tx).map(Decision.COMMIT) : standing(tx, id));
  }

  @Override
  public Future<Decision> proposeAbort(GlobalId id, Context trace) {
    return pool.withTransaction(tx -> abortUnlessDecided(tx, id))
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  private static Future<Decision> abortUnlessDecided(SqlConnection tx, GlobalId id) {
    return insert(tx, id, Decision.ABORT, null)
        .compose(isFirst -> isFirst ? Future.succeededFuture(Decision.ABORT) : standing(tx, id));
  }

  // Waits for another proposal of the same transaction that is not committed yet.
  private static Future<Boolean> insert(
      SqlConnection tx, GlobalId id, Decision decision, @Nullable String traceparent) {
    return tx.preparedQuery(
            """
            INSERT INTO transaction_decision (gid, decision, traceparent) VALUES ($1, $2, $3)
            ON CONFLICT DO NOTHING
            """)
        .execute(Tuple.of(id.text(), decision.name(), traceparent))
        .map(rows -> rows.rowCount() == 1);
  }

  private static Future<Decision> standing(SqlConnection tx, GlobalId id) {
    return tx.preparedQuery("SELECT decision FROM transaction_decision WHERE gid = $1")
        .execute(Tuple.of(id.text()))
        .map(rows -> Decision.valueOf(rows.iterator().next().getString(0)));
  }

  @Override
  public Future<Void> done(GlobalId id, Context trace) {
    // No row count: another instance may have recorded it.
    return pool.preparedQuery(
            """
            UPDATE transaction_decision SET done_at = now() WHERE gid = $1 AND done_at IS NULL
            """)
        .execute(Tuple.of(id.text()))
        .<Void>mapEmpty()
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  @Override
  public Future<List<Open>> open(Duration olderThan, int limit) {
    return pool.preparedQuery(
            """
            SELECT gid, traceparent FROM transaction_decision
             WHERE decision = 'COMMIT' AND done_at IS NULL
               AND decided_at < now() - $1 * interval '1 millisecond'
             ORDER BY decided_at
             LIMIT $2
            """)
        .execute(Tuple.of(olderThan.toMillis(), limit))
        .map(DecisionTable::open)
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  @Override
  public Future<Integer> prune(int limit) {
    return pool.preparedQuery(
            """
            DELETE FROM transaction_decision WHERE gid IN (
                SELECT gid FROM transaction_decision
                 WHERE (decision = 'ABORT' OR done_at IS NOT NULL)
                   AND decided_at < now() - $1 * interval '1 millisecond'
                 ORDER BY decided_at
                 LIMIT $2)
            """)
        .execute(Tuple.of(RETENTION.toMillis(), limit))
        .map(RowSet::rowCount)
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  private static List<Open> open(RowSet<Row> rows) {
    List<Open> open = new ArrayList<>(rows.size());
    for (Row row : rows) {
      GlobalId id = GlobalId.parse(row.getString("gid")).orElseThrow();
      open.add(new Open(id, Traceparent.parse(row.getString("traceparent"))));
    }
    return open;
  }
}
