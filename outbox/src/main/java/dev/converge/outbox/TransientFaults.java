package dev.converge.outbox;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import java.util.concurrent.TimeUnit;

/** Tells a fault of the environment from a request or a message that is at fault. */
public final class TransientFaults {
  private static final long ANSWER_WITHIN_MS = 2_000;

  private TransientFaults() {}

  /**
   * Whether the same work may succeed later, unchanged: the database is away or refuses the login,
   * or its schema or its rights are not what the service expects.
   */
  public static boolean isTransient(Throwable cause) {
    return Fault.of(cause) == Fault.ENVIRONMENT;
  }

  /**
   * Whose fault it is, where the exception alone does not say: the drivers report a lost connection
   * in more ways than they document, so the database itself is asked whether it is there.
   */
  static Future<Fault> fault(Throwable cause, Pool pool) {
    Fault fault = Fault.of(cause);
    if (fault != Fault.UNCERTAIN) {
      return Future.succeededFuture(fault);
    }
    return pool.query("SELECT 1")
        .execute()
        .timeout(ANSWER_WITHIN_MS, TimeUnit.MILLISECONDS)
        .map(Fault.UNCERTAIN)
        .otherwise(Fault.ENVIRONMENT);
  }
}
