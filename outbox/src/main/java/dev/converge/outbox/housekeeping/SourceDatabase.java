package dev.converge.outbox.housekeeping;

import dev.converge.outbox.housekeeping.DrainProgress.Sample;
import dev.converge.outbox.housekeeping.Source.ForeignOwner;
import dev.converge.outbox.housekeeping.Source.Publication;
import dev.converge.outbox.housekeeping.Source.Role;
import dev.converge.outbox.housekeeping.Source.Slot;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Queries the service's database for the state of its outbox, and calls its repair functions. */
final class SourceDatabase {
  private static final long READ_TIMEOUT_MS = 5_000;
  private static final long REPAIR_TIMEOUT_MS = 12_000;
  private static final String IN_USE = "55006";

  // A republished row arrives within seconds, and the reconciler sees it in its next round, 15 s
  // later. A row that it has not seen by then, or has republished more than once, does not arrive.
  private static final String READ =
      """
      WITH published AS (
          SELECT c.oid::regclass AS relation, rowfilter,
                 cardinality(attnames) >= (SELECT count(*) FROM pg_attribute
                                           WHERE attrelid = c.oid
                                             AND attnum > 0 AND NOT attisdropped
                                             AND attgenerated = '') AS whole
          FROM pg_publication_tables
          JOIN pg_namespace n ON n.nspname = schemaname
          JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = tablename
          WHERE pubname = $2)
      SELECT clock_timestamp() AS now,
             greatest(clock_timestamp() - interval '1 minute',
                      least(clock_timestamp(),
                            (SELECT min(xact_start) FROM pg_stat_activity
                             WHERE datname = current_database() AND usename = current_user
                               AND pid <> pg_backend_pid()))) AS complete_to,
             (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint AS written,
             (SELECT reconciled_to FROM outbox_reconciled WHERE id = 1) AS reconciled_to,
             (SELECT min(first_at)
              FROM (SELECT min(created_at) AS first_at
                    FROM outbox_republication
                    WHERE message_id IN (
                        SELECT message_id FROM outbox_republication
                        WHERE republished_at > clock_timestamp() - interval '60 seconds'
                          AND republished_at <= clock_timestamp())
                    GROUP BY message_id
                    HAVING count(*) > 1
                        OR max(republished_at) < clock_timestamp() - interval '17 seconds'
                           AND max(republished_at) > (SELECT reconciled_to - interval '1 second'
                                                      FROM outbox_reconciled WHERE id = 1)
                   ) AS repeated) AS copied_without_effect,
             slot.wal_status,
             slot.active,
             (slot.confirmed_flush_lsn - '0/0'::pg_lsn)::bigint AS confirmed,
             CASE
                 WHEN slot.slot_type = 'physical' THEN 'is a physical slot'
                 WHEN slot.database <> current_database()
                      THEN 'is a slot of database ' || slot.database
                 WHEN slot.plugin <> 'pgoutput' THEN 'is a slot of plugin ' || slot.plugin
             END AS foreign_slot,
             CASE
                 WHEN pub.oid IS NULL THEN 'ABSENT'
                 WHEN NOT pub.pubinsert THEN 'LACKS_INSERTS'
                 WHEN NOT pub.pubviaroot THEN 'LACKS_ROOT'
                 WHEN messages.relation IS NULL THEN 'LACKS_OUTBOX'
                 WHEN messages.rowfilter IS NOT NULL THEN 'FILTERS_ROWS'
                 WHEN NOT messages.whole THEN 'FILTERS_COLUMNS'
                 WHEN NOT pub.pubupdate OR heartbeat.relation IS NULL
                      OR heartbeat.rowfilter IS NOT NULL OR NOT heartbeat.whole
                      THEN 'LACKS_HEARTBEAT'
                 ELSE 'COMPLETE'
             END AS publication,
             CASE WHEN NOT pg_has_role(repair.proowner, pub.pubowner, 'USAGE')
                  THEN pub.pubowner::regrole::text END AS foreign_owner,
             repair.proowner::regrole::text AS repairer,
             NOT (pub.puballtables
                  OR EXISTS (SELECT FROM pg_publication_namespace
                             WHERE pnpubid = pub.oid)) AS movable,
             role.oid IS NOT NULL AS has_role,
             array_remove(ARRAY[
                 CASE WHEN NOT role.rolcanlogin THEN 'LOGIN' END,
                 CASE WHEN NOT role.rolreplication AND NOT role.rolsuper THEN 'REPLICATION' END,
                 CASE WHEN role.rolvaliduntil < now() THEN 'a password that is still valid' END,
                 CASE WHEN role.rolconnlimit = 0 THEN 'connections (its limit is 0)' END,
                 CASE WHEN NOT has_database_privilege(role.oid, current_database(), 'CONNECT')
                      THEN 'CONNECT on database ' || current_database() END
             ], NULL) AS barred,
             array_remove(ARRAY[
                 CASE WHEN NOT has_schema_privilege(role.oid, current_schema()::text, 'USAGE')
                      THEN 'USAGE on schema ' || current_schema() END,
                 CASE WHEN NOT has_table_privilege(role.oid, to_regclass('outbox'), 'SELECT')
                      THEN 'SELECT on table outbox' END,
                 CASE WHEN NOT has_table_privilege(
                               role.oid, to_regclass('debezium_heartbeat'), 'INSERT')
                        OR NOT has_table_privilege(
                               role.oid, to_regclass('debezium_heartbeat'), 'UPDATE')
                      THEN 'INSERT and UPDATE on table debezium_heartbeat' END
             ], NULL) AS lacking
      FROM (SELECT) AS one
      LEFT JOIN pg_replication_slots slot ON slot.slot_name = $1
      LEFT JOIN pg_publication pub ON pub.pubname = $2
      LEFT JOIN published messages ON messages.relation = to_regclass('outbox')
      LEFT JOIN published heartbeat ON heartbeat.relation = to_regclass('debezium_heartbeat')
      LEFT JOIN pg_proc repair ON repair.oid = to_regprocedure('outbox_repair_publication(name)')
      LEFT JOIN pg_roles role ON role.rolname = $3
      """;

  // First where the oldest is expected: after a stall of hours, many rows follow it.
  private static final String OLDEST =
      """
      SELECT coalesce((SELECT min(created_at) FROM outbox
                       WHERE created_at > $1 AND created_at <= $1 + interval '1 minute'),
                      (SELECT min(created_at) FROM outbox
                       WHERE created_at > $1 + interval '1 minute'))
      """;

  private static final OffsetDateTime BEGINNING = OffsetDateTime.parse("2000-01-01T00:00:00Z");

  /**
   * The state of the database at one time.
   *
   * @param reconciledTo the time up to which the reconciler has seen all rows in their topics; null
   *     if it has not run
   * @param copiedWithoutEffect when the oldest message was written that is not in its topic
   *     although it was republished; null if there is none
   */
  record Seen(
      Sample sample,
      Source source,
      @Nullable OffsetDateTime reconciledTo,
      @Nullable OffsetDateTime copiedWithoutEffect) {
    /** The log that the slot's reader has not confirmed; 0 without a slot. */
    long lagBytes() {
      return confirmed() == 0 ? 0 : Math.max(0, sample.written() - confirmed());
    }

    long confirmed() {
      Slot slot = source.slot();
      return slot == null ? 0 : slot.confirmed();
    }
  }

  /** The result of a test of the slot. */
  enum SlotTest {
    DECODABLE,
    UNDECODABLE,
    IN_USE,
    UNCERTAIN;

    static SlotTest of(@Nullable Throwable failure) {
      if (failure == null) {
        return DECODABLE;
      }
      String state =
          failure instanceof PgException e && e.getSqlState() != null ? e.getSqlState() : "";
      if (state.equals(SourceDatabase.IN_USE)) {
        return IN_USE;
      }
      return UNDECODABLE_STATES.stream().anyMatch(state::startsWith)
              && !UNTESTED_STATES.contains(state)
          ? UNDECODABLE
          : UNCERTAIN;
    }

    // An object that the log refers to did not exist then, or the log is missing or corrupt.
    private static final List<String> UNDECODABLE_STATES = List.of("42", "58P01", "XX");

    // The privilege or the function to test the slot is missing.
    private static final List<String> UNTESTED_STATES = List.of("42501", "42883");
  }

  private final Pool pool;
  private final ConnectorNames names;

  SourceDatabase(Pool pool, ConnectorNames names) {
    this.pool = pool;
    this.names = names;
  }

  Future<Seen> read() {
    return pool.preparedQuery(READ)
        .execute(Tuple.of(names.slot(), names.publication(), names.role()))
        .map(rows -> seen(rows.iterator().next()))
        .timeout(READ_TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  private static Seen seen(Row row) {
    return new Seen(
        new Sample(
            row.getOffsetDateTime("now"),
            row.getOffsetDateTime("complete_to"),
            row.getLong("written")),
        new Source(
            slot(row),
            Publication.valueOf(row.getString("publication")),
            row.getBoolean("has_role")
                ? new Role(
                    List.of(row.getArrayOfStrings("barred")),
                    List.of(row.getArrayOfStrings("lacking")))
                : null,
            foreignOwner(row)),
        row.getOffsetDateTime("reconciled_to"),
        row.getOffsetDateTime("copied_without_effect"));
  }

  // A physical slot that was never used has no status.
  private static @Nullable Slot slot(Row row) {
    Boolean active = row.getBoolean("active");
    if (active == null) {
      return null;
    }
    String walStatus = row.getString("wal_status");
    Long confirmed = row.getLong("confirmed");
    return new Slot(
        walStatus == null ? "unreserved" : walStatus,
        active,
        confirmed == null ? 0 : confirmed,
        row.getString("foreign_slot"));
  }

  private static @Nullable ForeignOwner foreignOwner(Row row) {
    String owner = row.getString("foreign_owner");
    return owner == null
        ? null
        : new ForeignOwner(owner, row.getString("repairer"), row.getBoolean("movable"));
  }

  /** When the first row after a time was written; null if there is none. */
  Future<@Nullable OffsetDateTime> oldest(@Nullable OffsetDateTime after) {
    return pool.preparedQuery(OLDEST)
        .execute(Tuple.of(after == null ? BEGINNING : after))
        .map(rows -> rows.iterator().next().getOffsetDateTime(0))
        .timeout(READ_TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  /** Creates the publication, or completes it. */
  Future<Boolean> repairPublication() {
    return pool.preparedQuery("SELECT outbox_repair_publication($1)")
        .execute(Tuple.of(names.publication()))
        .map(rows -> rows.iterator().next().getBoolean(0))
        .timeout(REPAIR_TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }

  /** Decodes the next changes in the slot. */
  Future<SlotTest> testSlot() {
    return pool.query("SELECT outbox_test_slot()")
        .execute()
        .timeout(REPAIR_TIMEOUT_MS, TimeUnit.MILLISECONDS)
        .transform(tested -> Future.succeededFuture(SlotTest.of(tested.cause())));
  }

  /** Replaces the slot, unless it has moved past a position. */
  Future<Boolean> replaceSlot(long confirmed) {
    return pool.preparedQuery("SELECT outbox_replace_slot('0/0'::pg_lsn + $1::bigint)")
        .execute(Tuple.of(confirmed))
        .map(rows -> rows.iterator().next().getBoolean(0))
        .timeout(REPAIR_TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }
}
