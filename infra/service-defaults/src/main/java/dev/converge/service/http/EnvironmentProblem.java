package dev.converge.service.http;

import dev.converge.faults.TransientFaults;
import dev.converge.faults.UnexpectedRowsException;
import dev.converge.service.http.problem.Problem;
import dev.converge.service.http.problem.ProblemType;
import dev.converge.service.postgres.HeldRows;
import io.vertx.pgclient.PgException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** The problem of a request that failed because of an environment fault. */
final class EnvironmentProblem {
  private static final Logger LOG = LoggerFactory.getLogger(EnvironmentProblem.class);
  private static final long LOGGED_EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int MOST_CAUSES = 100;
  private static final Map<String, Long> LOGGED = new ConcurrentHashMap<>();

  private EnvironmentProblem() {}

  /**
   * Logs the cause, because the client does not see it: the same cause at most every ten seconds. A
   * refusal by the schema, or an unexpected row, does not pass by itself, so it is logged as an
   * error.
   */
  static Problem of(Throwable cause) {
    boolean refused =
        TransientFaults.isRefusedBySchema(cause) || cause instanceof UnexpectedRowsException;
    String text = refused && cause instanceof PgException by ? refusal(by) : String.valueOf(cause);
    long now = System.nanoTime();
    if (LOGGED.size() >= MOST_CAUSES) {
      LOGGED.clear();
    }
    LOGGED.compute(
        text,
        (same, before) -> {
          if (before != null && now - before < LOGGED_EVERY_NANOS) {
            return before;
          }
          LOG.atLevel(refused ? Level.ERROR : Level.WARN)
              .log("requests are answered with 503: {}", text);
          return now;
        });
    if (HeldRows.isLockTimeout(cause)) {
      return Problem.retryLater(
          ProblemType.UNAVAILABLE,
          "a row is locked by another transaction: nothing was changed",
          Problems.RETRY_AFTER_SECONDS);
    }
    return Problem.retryLater(
        ProblemType.UNAVAILABLE, "the database is not available", Problems.RETRY_AFTER_SECONDS);
  }

  // Without DETAIL, which shows the row.
  private static String refusal(PgException refused) {
    return "SQLSTATE %s, table %s, constraint %s: %s"
        .formatted(
            refused.getSqlState(),
            refused.getTable(),
            refused.getConstraint(),
            refused.getErrorMessage());
  }
}
