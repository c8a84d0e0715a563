package dev.converge.outbox;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;

/** The tables of this library: where their migrations are, and their daily partitions. */
public final class OutboxTables {
  /** Class-path folder of plain SQL migrations, for Flyway or by hand in the order of names. */
  public static final String MIGRATIONS = "dev/converge/outbox/migration";

  private static final String MAINTAIN = "SELECT outbox_maintain($1, $2)";

  private OutboxTables() {}

  /**
   * Makes the partitions of the days to come and drops those past their retention. Run it at start
   * and every hour; it is idempotent and safe from several instances at once.
   *
   * @param outboxDays days to keep published rows
   * @param inboxDays days to keep the ids of handled messages: longer than topics and dead letters
   */
  public static Future<Void> maintain(Pool pool, int outboxDays, int inboxDays) {
    return pool.preparedQuery(MAINTAIN).execute(Tuple.of(outboxDays, inboxDays)).mapEmpty();
  }
}
