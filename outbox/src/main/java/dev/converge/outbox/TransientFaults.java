package dev.converge.outbox;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;

/** Tells a fault of the environment from a request or a message that is at fault. */
public final class TransientFaults {
  private TransientFaults() {}

  /**
   * Whether the same work may succeed later, unchanged: the database is away or refuses the login,
   * or its schema or its rights are not what the service expects.
   */
  public static boolean isTransient(Throwable cause) {
    return Fault.of(cause) == Fault.ENVIRONMENT;
  }

  /**
   * As {@link #isTransient(Throwable)}, and where the exception alone does not say, asks the
   * database: it may be away, or refuse every write. Never fails; takes two seconds at most.
   */
  public static Future<Boolean> isTransient(Throwable cause, Pool pool) {
    return fault(cause, pool).map(fault -> fault == Fault.ENVIRONMENT);
  }

  /**
   * Whose fault it is, where the exception alone does not say: the drivers report a lost connection
   * in more ways than they document, and a constraint or a trigger may refuse one row or all.
   */
  static Future<Fault> fault(Throwable cause, Pool pool) {
    Fault fault = Fault.of(cause);
    return fault == Fault.UNCERTAIN
        ? WriteProbe.of(pool).map(Fault.UNCERTAIN).otherwise(Fault.ENVIRONMENT)
        : Future.succeededFuture(fault);
  }
}
