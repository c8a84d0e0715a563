package dev.converge.service.http;

import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import dev.converge.service.postgres.DatabaseConfig;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import java.util.Optional;
import java.util.function.Supplier;

/** Explains a write that did not get the lock of its row in time. */
public final class HeldRow {
  private static final String LOCK_NOT_AVAILABLE = "55P03";

  private HeldRow() {}

  /**
   * The failure of a write.
   *
   * @param holder the prepared transaction that holds the row; empty if none does
   * @return failed with a problem that names it, or with the cause
   */
  public static <T> Future<T> explain(Throwable cause, Supplier<Future<Optional<String>>> holder) {
    return cause instanceof PgException refused && LOCK_NOT_AVAILABLE.equals(refused.getSqlState())
        ? DatabaseConfig.inTime(holder.get())
            // The caller gets the failure of the write, which is the first.
            .otherwise(Optional.empty())
            .compose(found -> Future.failedFuture(problem(cause, found)))
        : Future.failedFuture(cause);
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
