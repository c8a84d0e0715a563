package dev.converge.service.http;

import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import dev.converge.service.postgres.DatabaseConfig;
import dev.converge.service.postgres.HeldRows;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import java.util.Optional;
import java.util.function.Supplier;

/** Explains a write that did not get the lock of its row in time. */
public final class HeldRow {
  private HeldRow() {}

  /**
   * The failure of a write.
   *
   * @param holder the prepared transaction that holds the row; empty if none does
   * @return failed with a problem that names it, or with the cause
   */
  public static <T> Future<T> explain(Throwable cause, Supplier<Future<Optional<String>>> holder) {
    return HeldRows.isLockTimeout(cause)
        ? DatabaseConfig.inTime(holder.get())
            // The caller gets the failure of the write, which is the first.
            .otherwise(Optional.empty())
            .compose(found -> Future.failedFuture(problem(cause, found)))
        : Future.failedFuture(cause);
  }

  /**
   * The prepared transaction that has been in doubt for a second, the shortest time for which a
   * transaction waits for a lock; empty if there are several, because any of them may hold the row.
   */
  public static Future<Optional<String>> onlyInDoubt(SqlClient client) {
    return client
        .query(
            """
            SELECT gid FROM pg_prepared_xacts
            WHERE database = current_database() AND prepared < now() - interval '1 second'
            LIMIT 2
            """)
        .execute()
        .map(HeldRow::only);
  }

  private static Optional<String> only(RowSet<Row> rows) {
    return rows.size() == 1
        ? Optional.of(rows.iterator().next().getString("gid"))
        : Optional.empty();
  }

  private static Throwable problem(Throwable cause, Optional<String> holder) {
    return holder.<Throwable>map(HeldRow::inDoubt).orElse(cause);
  }

  private static Problem inDoubt(String gid) {
    return Problem.retryLater(
        ProblemType.UNAVAILABLE,
        "the transaction " + gid + " is in doubt and holds this row: nothing was changed",
        Problems.RETRY_AFTER_SECONDS);
  }
}
