package dev.converge.commitment.postgres;

import dev.converge.commitment.Branches;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.Outcome;
import dev.converge.commitment.RefusedException;
import dev.converge.commitment.TriedWork;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.faults.RowCounts;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
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
 * Branches by try, confirm, cancel: each step is a local transaction, which also writes the state
 * of the branch. Between the steps a branch holds no locks; what it needs is reserved by the
 * service itself.
 *
 * <p>A branch that was tried counts as prepared. A cancel that arrives first leaves a tombstone, on
 * which the late try fails.
 */
public final class TriedBranches implements Branches {
  private static final long TIMEOUT_MS = 5_000;

  private final Pool working;
  private final Pool pool;
  private final TriedWork work;
  private final String setLockTimeout;

  /** A step of the work. */
  @FunctionalInterface
  private interface Step {
    Future<Void> run(SqlConnection tx, GlobalId id, JsonObject request);
  }

  /** Branches with the {@linkplain LockTimeout#STANDARD standard lock timeout}. */
  public TriedBranches(Pool pool, TriedWork work) {
    this(pool, pool, work, LockTimeout.STANDARD);
  }

  /**
   * @param working connections for tries: a try that waits for a row must not occupy the
   *     connections on which the holder of the row ends
   * @param pool connections for everything else
   * @param lockTimeout for which each step waits for a lock; less than the votes are awaited. A
   *     confirm or cancel that does not get it is repeated
   */
  public TriedBranches(Pool working, Pool pool, TriedWork work, Duration lockTimeout) {
    this.working = working;
    this.pool = pool;
    this.work = work;
    this.setLockTimeout = LockTimeout.statement(lockTimeout);
  }

  @Override
  public Future<BranchState> state(GlobalId id) {
    return pool.preparedQuery("SELECT state FROM transaction_branch WHERE gid = $1")
        .execute(Tuple.of(id.text()))
        .map(rows -> rows.size() == 0 ? BranchState.UNKNOWN : state(rows.iterator().next()))
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  private static BranchState state(Row row) {
    String state = row.getString(0);
    return state.equals("TRIED") ? BranchState.PREPARED : BranchState.valueOf(state);
  }

  @Override
  public void check(GlobalId id, JsonObject request) {
    work.check(id, request);
  }

  // As JSON text, a request keeps the form of its numbers.
  @Override
  public Future<Boolean> isSame(GlobalId id, JsonObject request) {
    return request(id).map(stored -> stored.map(request::equals).orElse(true));
  }

  private Future<Optional<JsonObject>> request(GlobalId id) {
    return pool.preparedQuery(
            """
            SELECT request FROM transaction_branch WHERE gid = $1 AND state = 'TRIED'
            """)
        .execute(Tuple.of(id.text()))
        .map(
            rows ->
                rows.size() == 0
                    ? Optional.<JsonObject>empty()
                    : Optional.of(rows.iterator().next().getJsonObject("request")))
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  @Override
  public Future<Void> prepare(GlobalId id, JsonObject request) {
    return working
        .withTransaction(tx -> bounded(tx).compose(bound -> reserve(tx, id, request)))
        .recover(cause -> RowHolder.explain(cause, pool, id, () -> work.holder(pool, id, request)))
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  // The row first: it waits for a concurrent cancel of the same branch, and finds its tombstone.
  private Future<Void> reserve(SqlConnection tx, GlobalId id, JsonObject request) {
    return tx.preparedQuery(
            """
            INSERT INTO transaction_branch (gid, state, request) VALUES ($1, 'TRIED', $2)
            ON CONFLICT DO NOTHING
            """)
        .execute(Tuple.of(id.text(), request))
        .compose(
            rows -> rows.rowCount() == 1 ? work.reserve(tx, id, request) : refuseIfAborted(tx, id));
  }

  private static Future<Void> refuseIfAborted(SqlConnection tx, GlobalId id) {
    return tx.preparedQuery(
            "SELECT state FROM transaction_branch WHERE gid = $1 AND state = 'ABORTED'")
        .execute(Tuple.of(id.text()))
        .compose(
            rows ->
                rows.size() == 0
                    ? Future.succeededFuture()
                    : Future.failedFuture(new RefusedException(Outcome.ABORTED)));
  }

  @Override
  public Future<Void> recordPrecommit(GlobalId id) {
    return Future.failedFuture(new UnsupportedOperationException("no precommit of " + id));
  }

  @Override
  public Future<Void> recordAbort(GlobalId id) {
    return pool.preparedQuery(
            """
            INSERT INTO transaction_branch (gid, state) VALUES ($1, 'ABORTED')
            ON CONFLICT DO NOTHING
            """)
        .execute(Tuple.of(id.text()))
        .<Void>mapEmpty()
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  @Override
  public Future<Void> commit(GlobalId id) {
    return end(id, BranchState.COMMITTED, work::confirm);
  }

  @Override
  public Future<Void> rollBack(GlobalId id) {
    return end(id, BranchState.ABORTED, work::cancel);
  }

  private Future<Void> bounded(SqlConnection tx) {
    return tx.query(setLockTimeout).execute().mapEmpty();
  }

  // A step that waits for a row has a connection that the holder of the row needs to end.
  private Future<Void> end(GlobalId id, BranchState end, Step step) {
    return pool.withTransaction(tx -> bounded(tx).compose(bound -> end(tx, id, end, step)))
        .recover(cause -> RowHolder.explain(cause, pool, id, () -> holder(id)))
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  private Future<Optional<String>> holder(GlobalId id) {
    return request(id)
        .compose(
            request ->
                request
                    .map(stored -> work.holder(pool, id, stored))
                    .orElseGet(() -> Future.succeededFuture(Optional.empty())));
  }

  private static Future<Void> end(SqlConnection tx, GlobalId id, BranchState end, Step step) {
    return tx.preparedQuery(
            """
            SELECT request FROM transaction_branch WHERE gid = $1 AND state = 'TRIED' FOR UPDATE
            """)
        .execute(Tuple.of(id.text()))
        .compose(
            rows ->
                rows.size() == 0
                    // Another instance, or an earlier request, was faster.
                    ? Future.succeededFuture()
                    : end(tx, id, end, step, rows.iterator().next().getJsonObject(0)));
  }

  private static Future<Void> end(
      SqlConnection tx, GlobalId id, BranchState end, Step step, JsonObject request) {
    return tx.preparedQuery(
            """
            UPDATE transaction_branch SET state = $2, request = NULL, at = now() WHERE gid = $1
            """)
        .execute(Tuple.of(id.text(), end.name()))
        .compose(rows -> RowCounts.expect("transaction_branch", rows.rowCount(), 1))
        .compose(updated -> step.run(tx, id, request));
  }

  @Override
  public Future<Boolean> recordDivergence(GlobalId id, BranchState state, BranchEvent message) {
    return new DivergenceTable(pool).record(id, state, message);
  }

  @Override
  public Future<List<InDoubt>> inDoubt(int limit) {
    return pool.preparedQuery(
            """
            SELECT gid, (extract(epoch FROM clock_timestamp() - at) * 1000)::bigint
              FROM transaction_branch
             WHERE state = 'TRIED'
             ORDER BY at
             LIMIT $1
            """)
        .execute(Tuple.of(limit))
        .map(TriedBranches::inDoubt)
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  private static List<InDoubt> inDoubt(RowSet<Row> rows) {
    List<InDoubt> branches = new ArrayList<>(rows.size());
    for (Row row : rows) {
      Optional<GlobalId> id = GlobalId.parse(row.getString(0));
      id.ifPresent(
          known ->
              branches.add(
                  new InDoubt(known, BranchState.PREPARED, Duration.ofMillis(row.getLong(1)))));
    }
    return branches;
  }

  @Override
  public Future<List<GlobalId>> ended(
      String protocol, Set<BranchState> states, Duration since, int limit) {
    return EndedBranches.last(pool, protocol, states, since, limit);
  }

  @Override
  public Future<Integer> prune(Duration olderThan, int limit) {
    return EndedBranches.prune(pool, olderThan, limit);
  }
}
