package dev.converge.service.transactions;

import dev.converge.commitment.BranchWork;
import dev.converge.commitment.Branches;
import dev.converge.commitment.GlobalId;
import dev.converge.commitment.postgres.DivergenceTable;
import dev.converge.commitment.postgres.LockTimeout;
import dev.converge.commitment.postgres.RowHolder;
import dev.converge.commitment.protocol.BranchEvent;
import dev.converge.commitment.protocol.BranchState;
import dev.converge.faults.RowCounts;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The participants of a dual write: the work is committed when it is requested, and nothing can
 * prevent or undo it afterwards. The control of the experiments.
 */
final class DirectBranches implements Branches {
  private static final long TIMEOUT_MS = 5_000;

  private static final String INSERT =
      "INSERT INTO transaction_branch (gid, state) VALUES ($1, 'COMMITTED')";

  private static final String STATE = "SELECT state FROM transaction_branch WHERE gid = $1";

  private final Pool pool;
  private final BranchWork work;
  private final String setLockTimeout;

  DirectBranches(Pool pool, BranchWork work, Duration lockTimeout) {
    this.pool = pool;
    this.work = work;
    this.setLockTimeout = LockTimeout.statement(lockTimeout);
  }

  @Override
  public boolean awaitDecisions() {
    return false;
  }

  @Override
  public Future<BranchState> state(GlobalId id) {
    return pool.preparedQuery(STATE)
        .execute(Tuple.of(id.text()))
        .map(rows -> rows.size() == 0 ? BranchState.UNKNOWN : BranchState.COMMITTED)
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  @Override
  public void check(GlobalId id, JsonObject request) {
    work.check(id, request);
  }

  @Override
  public Future<Void> prepare(GlobalId id, JsonObject request) {
    return pool.withTransaction(tx -> execute(tx, id, request))
        .recover(cause -> RowHolder.explain(cause, pool, id, () -> work.holder(pool, id, request)))
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  private Future<Void> execute(SqlConnection tx, GlobalId id, JsonObject request) {
    return tx.query(setLockTimeout)
        .execute()
        .compose(timeout -> tx.preparedQuery(INSERT).execute(Tuple.of(id.text())))
        .compose(rows -> RowCounts.expect("transaction_branch", rows.rowCount(), 1))
        .compose(inserted -> work.execute(tx, id, request));
  }

  @Override
  public Future<Void> recordPrecommit(GlobalId id) {
    return impossible(id);
  }

  @Override
  public Future<Void> recordAbort(GlobalId id) {
    return impossible(id);
  }

  @Override
  public Future<Void> commit(GlobalId id) {
    return impossible(id);
  }

  @Override
  public Future<Void> rollBack(GlobalId id) {
    return impossible(id);
  }

  private static Future<Void> impossible(GlobalId id) {
    return Future.failedFuture(new UnsupportedOperationException(id + " has no second phase"));
  }

  @Override
  public Future<Boolean> recordDivergence(GlobalId id, BranchState state, BranchEvent message) {
    return new DivergenceTable(pool).record(id, state, message);
  }

  @Override
  public Future<List<InDoubt>> inDoubt(int limit) {
    return Future.succeededFuture(List.of());
  }

  // The other branches, which share the table, delete its old rows.
  @Override
  public Future<Integer> prune(Duration olderThan, int limit) {
    return Future.succeededFuture(0);
  }
}
