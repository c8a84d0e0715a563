package dev.converge.outbox;

import dev.converge.outbox.delivery.Fault;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;

/**
 * The library's tables: the location of their migrations, their daily partitions, and whether they
 * accept writes.
 */
public final class OutboxTables {
  /** Class-path folder of plain SQL migrations, for Flyway or by hand in the order of names. */
  public static final String MIGRATIONS = "dev/converge/outbox/migration";

  // A new partition needs a lock on its table, and writers of outbox rows wait behind this
  // statement. A prepared transaction that has written such a row is ahead of it until its
  // decision.
  private static final String MAINTAIN =
      "SELECT outbox_maintain($1, $2) FROM set_config('lock_timeout', '2s', true)";

  private OutboxTables() {}

  /**
   * Creates the partitions of the next days and drops those past their retention. Idempotent, and
   * safe from several instances at the same time. {@code OutboxHousekeeping} calls it at start and
   * every hour.
   *
   * @param outboxDays days to keep published rows
   * @param inboxDays days to keep the ids of handled messages: longer than topics and dead letters
   */
  public static Future<Void> maintain(Pool pool, int outboxDays, int inboxDays) {
    return pool.preparedQuery(MAINTAIN).execute(Tuple.of(outboxDays, inboxDays)).mapEmpty();
  }

  /**
   * Whether failed work may succeed later, unchanged. If the exception alone does not decide,
   * writes to the tables are tried and rolled back: the database may be unavailable, or refuse
   * every write. Never fails; takes two seconds at most.
   */
  public static Future<Boolean> isTransient(Throwable cause, Pool pool) {
    return WriteProbe.fault(cause, pool).map(fault -> fault == Fault.ENVIRONMENT);
  }
}
