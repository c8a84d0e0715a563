package dev.converge.outbox;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells a fault of the environment from a request or a message that is at fault. */
public final class TransientFaults {
  private static final Logger LOG = LoggerFactory.getLogger(TransientFaults.class);

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
   * Whether PostgreSQL refused a statement by a rule of the schema, a constraint, a trigger, a
   * function, or a trigger swallowed a row. For SQL that is constant and values that were checked
   * before, such a rule is one that the code does not know, and so a fault of the environment; a
   * caller handles the constraints it does know first. Not counted are refusals of the values
   * themselves (a number out of range, text that is no UTF-8), unless a function of the schema was
   * at work.
   */
  public static boolean isRefusedBySchema(Throwable cause) {
    return SchemaRefusal.is(cause);
  }

  /**
   * Describes a failure for an operator: the SQLSTATE and the server's message, or that the
   * database or the broker does not answer. Contains no data, no address and no class name.
   */
  public static String describe(Throwable cause) {
    return Fault.describe(cause);
  }

  // What is to be repaired is what refuses the probe, not what the message failed by.
  private static void logRefusal(Throwable cause) {
    LOG.warn("a row of the outbox or the inbox cannot be written: {}", Fault.describe(cause));
  }

  /**
   * Whose fault it is, where the exception alone does not say: the drivers report a lost connection
   * in more ways than they document, and a constraint or a trigger may refuse one row or all.
   */
  static Future<Fault> fault(Throwable cause, Pool pool) {
    Fault fault = Fault.of(cause);
    return fault == Fault.UNCERTAIN
        ? WriteProbe.of(pool)
            .onFailure(TransientFaults::logRefusal)
            .map(Fault.UNCERTAIN)
            .otherwise(Fault.ENVIRONMENT)
        : Future.succeededFuture(fault);
  }
}
