package dev.converge.commitment.postgres;

import dev.converge.commitment.GlobalId;
import dev.converge.commitment.RowHeldException;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Names the prepared transaction whose row a branch did not get in time. */
public final class RowHolder {
  private static final long TIMEOUT_MS = 2_000;
  private static final String LOCK_NOT_AVAILABLE = "55P03";

  // A transaction by another protocol may have the same id: its rows then have the same keys.
  private static final String OF_SAME_ID =
      """
      SELECT gid FROM pg_prepared_xacts
       WHERE database = current_database() AND gid <> $1 AND split_part(gid, '.', 2) = $2
       ORDER BY prepared
       LIMIT 1
      """;

  private RowHolder() {}

  /**
   * The failure of a branch's work.
   *
   * @param ofRows the prepared transaction that holds one of the rows that the work locks
   * @return failed with {@link RowHeldException}, or with the cause if it is another one
   */
  public static <T> Future<T> explain(
      Throwable cause, SqlClient client, GlobalId id, Supplier<Future<Optional<String>>> ofRows) {
    if (!(cause instanceof PgException refused)
        || !LOCK_NOT_AVAILABLE.equals(refused.getSqlState())) {
      return Future.failedFuture(cause);
    }
    return ofSameId(client, id)
        .compose(found -> found.isPresent() ? Future.succeededFuture(found) : ofRows.get())
        .timeout(TIMEOUT_MS, TimeUnit.MILLISECONDS)
        // The caller gets the failure of the work, which is the first.
        .otherwise(Optional.empty())
        .compose(
            found ->
                Future.failedFuture(found.<Throwable>map(RowHeldException::new).orElse(cause)));
  }

  private static Future<Optional<String>> ofSameId(SqlClient client, GlobalId id) {
    return client
        .preparedQuery(OF_SAME_ID)
        .execute(Tuple.of(id.text(), id.transaction().toString()))
        .map(RowHolder::first);
  }

  private static Optional<String> first(RowSet<Row> rows) {
    return rows.size() == 0
        ? Optional.empty()
        : Optional.of(rows.iterator().next().getString("gid"));
  }
}
