package dev.converge.commitment.postgres;

import dev.converge.commitment.BranchWork;
import dev.converge.commitment.Branches;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.Outcome;
import dev.converge.commitment.RefusedException;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Branches as prepared transactions of PostgreSQL. Needs {@code max_prepared_transactions} above
 * the number of branches in flight, and a server of its own for each participant: the name of a
 * prepared transaction is unique per server.
 *
 * <p>A prepared transaction leaves its session and survives a crash of the server, with its locks.
 * {@code PREPARE TRANSACTION} ends a transaction that the client's own {@code Transaction} does not
 * know has ended, so the statements are sent as text on a connection of their own.
 */
public final class PreparedBranches implements Branches {
  private static final long TIMEOUT_MS = 5_000;
  private static final String UNDEFINED_OBJECT = "42704";
  private static final String UNIQUE_VIOLATION = "23505";
  private static final String LOCK_NOT_AVAILABLE = "55P03";
  private static final String NOT_IN_PREREQUISITE_STATE = "55000";
  private static final int MAX_ATTEMPTS_WHILE_BUSY = 50;

  private final Pool working;
  private final Pool pool;
  private final BranchWork work;
  private final String begin;

  /**
   * Branches whose work waits for no other branch: their rows are their own, or the pool has more
   * connections than branches that work at a time.
   */
  public PreparedBranches(Pool pool, BranchWork work) {
    this(pool, pool, work);
  }

  /** Branches with the {@linkplain LockTimeout#STANDARD standard lock timeout}. */
  public PreparedBranches(Pool working, Pool pool, BranchWork work) {
    this(working, pool, work, LockTimeout.STANDARD);
  }

  /**
   * @param working connections for the work, which may wait for rows of other branches
   * @param pool other connections, on which those branches end
   * @param lockTimeout for which the work waits for a lock; less than the votes are awaited
   */
  public PreparedBranches(Pool working, Pool pool, BranchWork work, Duration lockTimeout) {
    this.working = working;
    this.pool = pool;
    this.work = work;
    this.begin = "BEGIN; " + LockTimeout.statement(lockTimeout);
  }

  @Override
  public void check(GlobalId id, JsonObject request) {
    work.check(id, request);
  }

  @Override
  public Future<Void> prepare(GlobalId id, JsonObject request) {
    return working
        .getConnection()
        .compose(connection -> prepareOn(connection, id, request))
        .recover(cause -> RowHolder.explain(cause, pool, id, () -> work.holder(pool, id, request)))
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  private Future<Void> prepareOn(SqlConnection connection, GlobalId id, JsonObject request) {
    return run(connection, begin)
        .compose(begun -> insertBranch(connection, id))
        .compose(inserted -> work.execute(connection, id, request))
        .compose(worked -> run(connection, "PREPARE TRANSACTION '" + id.text() + "'"))
        .recover(cause -> rollBackSession(connection, cause))
        .eventually(connection::close);
  }

  // The row becomes visible when the prepared transaction commits. Until then its key is locked.
  private static Future<Void> insertBranch(SqlConnection connection, GlobalId id) {
    return connection
        .preparedQuery(
            """
            INSERT INTO transaction_branch (gid, state) VALUES ($1, 'COMMITTED')
            """)
        .execute(Tuple.of(id.text()))
        .<Void>mapEmpty()
        .recover(
            cause ->
                hasState(cause, UNIQUE_VIOLATION)
                    ? Future.failedFuture(new RefusedException(Outcome.ABORTED))
                    : Future.failedFuture(cause));
  }

  // A connection in a failed transaction must not return to the pool. PREPARE TRANSACTION in a
  // failed transaction rolls back and reports success: the caller reads the state afterwards.
  private static Future<Void> rollBackSession(SqlConnection connection, Throwable cause) {
    return run(connection, "ROLLBACK").transform(done -> Future.failedFuture(cause));
  }

  private static Future<Void> run(SqlConnection connection, String statement) {
    return connection.query(statement).execute().mapEmpty();
  }

  @Override
  public Future<BranchState> state(GlobalId id) {
    return pool.withConnection(connection -> state(connection, id))
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  // Two statements with a snapshot each, in this order: a transaction that is prepared no longer
  // has left its row. The connection runs them in one round trip.
  private static Future<BranchState> state(SqlConnection connection, GlobalId id) {
    Future<Boolean> prepared = isPrepared(connection, id);
    Future<Row> ended = ended(connection, id);
    return Future.all(prepared, ended).map(read -> state(ended.result(), prepared.result()));
  }

  private static Future<Boolean> isPrepared(SqlConnection connection, GlobalId id) {
    return connection
        .preparedQuery(
            """
            SELECT 1 FROM pg_prepared_xacts WHERE gid = $1 AND database = current_database()
            """)
        .execute(Tuple.of(id.text()))
        .map(rows -> rows.size() > 0);
  }

  private static Future<Row> ended(SqlConnection connection, GlobalId id) {
    return connection
        .preparedQuery(
            """
            SELECT (SELECT state FROM transaction_branch WHERE gid = $1),
                   EXISTS (SELECT 1 FROM transaction_precommit WHERE gid = $1)
            """)
        .execute(Tuple.of(id.text()))
        .map(rows -> rows.iterator().next());
  }

  private static BranchState state(Row row, boolean prepared) {
    String ended = row.getString(0);
    if (ended != null) {
      return BranchState.valueOf(ended);
    }
    if (!prepared) {
      return BranchState.UNKNOWN;
    }
    return row.getBoolean(1) ? BranchState.PRECOMMITTED : BranchState.PREPARED;
  }

  @Override
  public Future<Void> recordPrecommit(GlobalId id) {
    return pool.preparedQuery(
            """
            INSERT INTO transaction_precommit (gid) VALUES ($1) ON CONFLICT DO NOTHING
            """)
        .execute(Tuple.of(id.text()))
        .<Void>mapEmpty()
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  @Override
  public Future<Void> recordAbort(GlobalId id) {
    // The work may be in progress and hold the key, which stays locked once it is prepared. Then
    // nothing is recorded, and the caller reads the state again.
    return pool.withTransaction(
            tx -> run(tx, "SET LOCAL lock_timeout = '100ms'").compose(set -> insertAborted(tx, id)))
        .recover(
            cause ->
                hasState(cause, LOCK_NOT_AVAILABLE)
                    ? Future.succeededFuture()
                    : Future.failedFuture(cause))
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  private static Future<Void> insertAborted(SqlConnection tx, GlobalId id) {
    return tx.preparedQuery(
            """
            INSERT INTO transaction_branch (gid, state) VALUES ($1, 'ABORTED')
            ON CONFLICT DO NOTHING
            """)
        .execute(Tuple.of(id.text()))
        .mapEmpty();
  }

  @Override
  public Future<Void> commit(GlobalId id) {
    return finish("COMMIT PREPARED '" + id.text() + "'");
  }

  @Override
  public Future<Void> rollBack(GlobalId id) {
    return finish("ROLLBACK PREPARED '" + id.text() + "'").compose(done -> recordAbort(id));
  }

  private Future<Void> finish(String statement) {
    return finish(statement, 1).timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  private Future<Void> finish(String statement, int attempt) {
    return pool.query(statement)
        .execute()
        .<Void>mapEmpty()
        .recover(cause -> notFinished(statement, attempt, cause));
  }

  private Future<Void> notFinished(String statement, int attempt, Throwable cause) {
    if (hasState(cause, UNDEFINED_OBJECT)) {
      // Another instance, or an earlier request, was faster. The caller reads the state.
      return Future.succeededFuture();
    }
    if (hasState(cause, NOT_IN_PREREQUISITE_STATE) && attempt < MAX_ATTEMPTS_WHILE_BUSY) {
      // Another session is finishing it.
      return pool.query("SELECT pg_sleep(0.02)")
          .execute()
          .compose(slept -> finish(statement, attempt + 1));
    }
    return Future.failedFuture(cause);
  }

  @Override
  public Future<Boolean> recordDivergence(GlobalId id, BranchState state, BranchEvent message) {
    return new DivergenceTable(pool).record(id, state, message);
  }

  @Override
  public Future<List<InDoubt>> inDoubt(int limit) {
    return pool.preparedQuery(
            """
            SELECT p.gid, c.gid IS NOT NULL,
                   (extract(epoch FROM clock_timestamp() - p.prepared) * 1000)::bigint
              FROM pg_prepared_xacts p
              LEFT JOIN transaction_precommit c USING (gid)
             WHERE p.database = current_database()
             ORDER BY p.prepared
             LIMIT $1
            """)
        .execute(Tuple.of(limit))
        .map(PreparedBranches::inDoubt)
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  @Override
  public Future<List<GlobalId>> ended(
      String protocol, Set<BranchState> states, Duration since, int limit) {
    return EndedBranches.last(pool, protocol, states, since, limit);
  }

  private static List<InDoubt> inDoubt(RowSet<Row> rows) {
    List<InDoubt> branches = new ArrayList<>(rows.size());
    for (Row row : rows) {
      BranchState state = row.getBoolean(1) ? BranchState.PRECOMMITTED : BranchState.PREPARED;
      // A transaction that another program has prepared has another name.
      Optional<GlobalId> id = GlobalId.parse(row.getString(0));
      id.ifPresent(
          known -> branches.add(new InDoubt(known, state, Duration.ofMillis(row.getLong(2)))));
    }
    return branches;
  }

  @Override
  public Future<Integer> prune(Duration olderThan, int limit) {
    return EndedBranches.prune(pool, olderThan, limit);
  }

  private static boolean hasState(Throwable cause, String state) {
    return cause instanceof PgException refused && state.equals(refused.getSqlState());
  }
}
