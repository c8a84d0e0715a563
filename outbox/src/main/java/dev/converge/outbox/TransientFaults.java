package dev.converge.outbox;

import io.vertx.core.Future;
import io.vertx.core.VertxException;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.ClosedConnectionException;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Tells a database that is away from a request or a message that is at fault. */
public final class TransientFaults {
  // PostgreSQL, appendix A: 08 connection, 40 transaction rollback, 53 resources, 55 object not
  // ready, 57 operator intervention, 58 system error, 25006 read-only transaction.
  private static final Set<String> TRANSIENT_CLASSES = Set.of("08", "40", "53", "55", "57", "58");
  // The pool's own exceptions for a wait that took too long have no type that would tell them: the
  // first is a query's, the second a transaction's, also while its connection is being opened.
  private static final Set<String> POOL_TIMEOUTS =
      Set.of("Timeout waiting for connection", "Timeout");
  private static final long ANSWER_WITHIN_MS = 2_000;

  private TransientFaults() {}

  /** Whether trying again later, unchanged, may succeed. */
  public static boolean isTransient(Throwable cause) {
    if (cause instanceof PgException refused) {
      String state = refused.getSqlState();
      return state != null
          && (state.equals("25006")
              || (state.length() == 5 && TRANSIENT_CLASSES.contains(state.substring(0, 2))));
    }
    return cause instanceof ClosedConnectionException
        || cause instanceof ConnectionPoolTooBusyException
        || isPoolTimeout(cause)
        || cause instanceof IOException
        || cause instanceof TimeoutException;
  }

  private static boolean isPoolTimeout(Throwable cause) {
    String message = cause instanceof VertxException ? cause.getMessage() : null;
    return message != null && POOL_TIMEOUTS.contains(message);
  }

  /**
   * The same question where the exception alone does not tell: the drivers report a lost connection
   * in more ways than they document, so the database itself is asked whether it is there.
   */
  static Future<Boolean> isTransient(Throwable cause, Pool pool) {
    if (cause instanceof UnprocessableMessageException) {
      return Future.succeededFuture(false);
    }
    if (isTransient(cause)) {
      return Future.succeededFuture(true);
    }
    return pool.query("SELECT 1")
        .execute()
        .timeout(ANSWER_WITHIN_MS, TimeUnit.MILLISECONDS)
        .map(false)
        .otherwise(true);
  }
}
