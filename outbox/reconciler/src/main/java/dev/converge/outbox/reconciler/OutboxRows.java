package dev.converge.outbox.reconciler;

import dev.converge.faults.RowCounts;
import dev.converge.outbox.reconciler.DatabaseState.Saved;
import dev.converge.outbox.reconciler.DatabaseState.Slot;
import dev.converge.outbox.reconciler.Round.RowsToRead;
import dev.converge.outbox.reconciler.UnseenRows.Row;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Reads the outbox and the saved position, and writes copies of rows and the position. */
final class OutboxRows {
  private static final long WITHIN_MS = 10_000;

  // All rows created before the oldest open transaction of this role began are visible. A
  // transaction that stays open delays the reconciler for a minute, not for ever.
  private static final String STATE =
      """
      SELECT clock_timestamp() AS now,
             greatest(clock_timestamp() - interval '1 minute',
                      least(clock_timestamp() - $2 * interval '1 ms',
                            (SELECT min(xact_start) FROM pg_stat_activity
                             WHERE datname = current_database() AND usename = current_user
                               AND pid <> pg_backend_pid()))) AS complete_to,
             slot.wal_status,
             (slot.confirmed_flush_lsn - '0/0'::pg_lsn)::bigint AS confirmed,
             (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint AS written,
             reconciled.reconciled_to,
             reconciled.compare_from,
             reconciled.compare_to,
             reconciled.topics,
             to_regprocedure('outbox_repair_slot()') IS NOT NULL AS can_recreate,
             EXISTS (SELECT FROM pg_publication pub JOIN pg_publication_tables USING (pubname)
                     WHERE pub.pubinsert AND rowfilter IS NULL
                       AND cardinality(attnames) >= (SELECT count(*) FROM pg_attribute
                                                     WHERE attrelid = 'outbox'::regclass
                                                       AND attnum > 0 AND NOT attisdropped
                                                       AND attgenerated = '')
                       AND (schemaname, tablename) IN
                           (SELECT n.nspname, c.relname
                            FROM pg_partition_tree('outbox') t
                            JOIN pg_class c ON c.oid = t.relid
                            JOIN pg_namespace n ON n.oid = c.relnamespace)) AS published,
             pg_postmaster_start_time() AS server_start,
             (SELECT total_bytes FROM pg_stat_get_replication_slot(slot.slot_name)) AS slot_bytes,
             (SELECT xact_commit FROM pg_stat_database
              WHERE datname = current_database()) AS commits
      FROM (SELECT) AS one
      LEFT JOIN pg_replication_slots slot
             ON slot.slot_name = $1 AND slot.database = current_database()
      LEFT JOIN outbox_reconciled reconciled ON reconciled.id = 1
      """;

  private static final String READ =
      """
      SELECT id, created_at
      FROM outbox
      JOIN unnest($3::text[], $4::timestamptz[]) AS topic (name, handled_to)
        ON aggregatetype = topic.name AND created_at > topic.handled_to
      WHERE created_at > $1 AND created_at <= $2
      ORDER BY created_at
      FETCH FIRST $5 ROWS WITH TIES
      """;

  // In one order, so that two reconcilers do not deadlock.
  private static final String CLAIM =
      """
      INSERT INTO outbox_republication (message_id, created_at)
      SELECT * FROM unnest($1::uuid[], $2::timestamptz[]) ORDER BY 1, 2
      ON CONFLICT DO NOTHING
      RETURNING message_id
      """;

  private static final String COUNT_CLAIMED =
      """
      SELECT count(*) AS claimed
      FROM outbox_republication
      JOIN unnest($1::uuid[], $2::timestamptz[]) AS row (message_id, created_at)
        USING (message_id, created_at)
      """;

  private static final String COPIES =
      """
      SELECT message_id, count(*) AS copies
      FROM outbox_republication
      WHERE message_id = ANY($1)
      GROUP BY message_id
      """;

  // In the order in which the rows were first written. A copy has its own time and version. It has
  // no trace if the row's is not valid, which is possible in rows from before V002.
  private static final String COPY =
      """
      INSERT INTO outbox (id, aggregatetype, aggregateid, sequence, type, payload, correlationid,
                          causationid, traceparent)
      SELECT id, aggregatetype, aggregateid, sequence, type, payload, correlationid, causationid,
             CASE WHEN traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'
                  THEN traceparent END
      FROM (SELECT DISTINCT ON (id) * FROM outbox
            WHERE created_at >= $1 AND created_at <= $2 AND id = ANY($3)
            ORDER BY id, created_at) AS lost
      ORDER BY created_at
      """;

  private static final String SAVE_PROGRESS =
      """
      INSERT INTO outbox_reconciled AS last (id, reconciled_to, topics) VALUES (1, $1, $2)
      ON CONFLICT (id) DO UPDATE
      SET reconciled_to = CASE WHEN last.reconciled_to > clock_timestamp() THEN excluded.reconciled_to
                            ELSE greatest(last.reconciled_to, excluded.reconciled_to) END,
          topics = excluded.topics,
          (compare_from, compare_to) = (
              SELECT greatest(last.compare_from,
                              CASE WHEN last.compare_to = $3 THEN excluded.reconciled_to END),
                     last.compare_to
              WHERE last.compare_to IS DISTINCT FROM $3
                 OR last.compare_to > excluded.reconciled_to)
      """;

  // Its end identifies the request: no two have the same.
  private static final String COMPARE_AGAIN =
      """
      INSERT INTO outbox_reconciled AS last (id, reconciled_to, topics, compare_from, compare_to)
      VALUES (1, $1, $3, $1, $2)
      ON CONFLICT (id) DO UPDATE
      SET topics = excluded.topics,
          compare_from = least(last.compare_from, excluded.compare_from),
          compare_to = greatest(last.compare_to + interval '1 microsecond', excluded.compare_to)
      RETURNING compare_to
      """;

  private final Pool pool;

  OutboxRows(Pool pool) {
    this.pool = pool;
  }

  /** Summarizes all full blocks in the index of the rows' times. */
  Future<Void> summarize() {
    return inTime(pool.query("SELECT outbox_summarize()").execute().mapEmpty());
  }

  /**
   * Observes the database.
   *
   * @param grace how long a row may take to reach its topic before it is compared
   */
  Future<DatabaseState> state(String slot, Duration grace) {
    return inTime(
        pool.preparedQuery(STATE)
            .execute(Tuple.of(slot, grace.toMillis()))
            .map(rows -> state(rows.iterator().next())));
  }

  private static DatabaseState state(io.vertx.sqlclient.Row row) {
    Long confirmed = row.getLong("confirmed");
    return new DatabaseState(
        row.getOffsetDateTime("now"),
        row.getOffsetDateTime("complete_to"),
        row.getLong("written"),
        new Slot(
            row.getString("wal_status"),
            confirmed == null ? 0 : confirmed,
            counts(row),
            row.getBoolean("can_recreate")),
        new Saved(
            row.getOffsetDateTime("reconciled_to"),
            row.getOffsetDateTime("compare_from"),
            row.getOffsetDateTime("compare_to"),
            SeenTopic.all(row.getJsonObject("topics"))),
        row.getBoolean("published"));
  }

  private static @Nullable SlotCounts counts(io.vertx.sqlclient.Row row) {
    Long slotBytes = row.getLong("slot_bytes");
    return slotBytes == null
        ? null
        : new SlotCounts(row.getOffsetDateTime("server_start"), slotBytes, row.getLong("commits"));
  }

  /** Reads rows of the topics, oldest first. Rows as old as the last one are all included. */
  Future<List<Row>> read(RowsToRead asked, List<String> topics) {
    String[] names = topics.toArray(String[]::new);
    OffsetDateTime[] moments =
        topics.stream()
            .map(topic -> asked.handledTo().getOrDefault(topic, asked.after()))
            .toArray(OffsetDateTime[]::new);
    return inTime(
        pool.preparedQuery(READ)
            .execute(
                Tuple.of(
                    asked.after(),
                    asked.upTo(),
                    (Object) names,
                    (Object) moments,
                    (long) asked.most()))
            .map(OutboxRows::rows));
  }

  private static List<Row> rows(io.vertx.sqlclient.RowSet<io.vertx.sqlclient.Row> found) {
    List<Row> rows = new ArrayList<>(found.size());
    found.forEach(row -> rows.add(new Row(row.getUUID(0), row.getOffsetDateTime(1))));
    return rows;
  }

  /** How often the messages of rows were copied, by id; absent if never. */
  Future<Map<UUID, Integer>> copies(List<Row> missing) {
    UUID[] ids = missing.stream().map(Row::id).toArray(UUID[]::new);
    return inTime(
        pool.preparedQuery(COPIES).execute(Tuple.of((Object) ids)).map(OutboxRows::copiesById));
  }

  private static Map<UUID, Integer> copiesById(
      io.vertx.sqlclient.RowSet<io.vertx.sqlclient.Row> found) {
    Map<UUID, Integer> copies = new HashMap<>();
    found.forEach(row -> copies.put(row.getUUID("message_id"), row.getInteger("copies")));
    return copies;
  }

  /**
   * Writes copies of rows, for the connector to publish. A row that was copied before, by any
   * reconciler, is not copied again: its copy is a row like others.
   *
   * @return the ids of those that were copied
   */
  Future<List<UUID>> republish(List<Row> missing) {
    return inTime(pool.withTransaction(tx -> claimAndCopy(tx, missing)));
  }

  private static Future<List<UUID>> claimAndCopy(SqlConnection tx, List<Row> missing) {
    UUID[] ids = missing.stream().map(Row::id).toArray(UUID[]::new);
    OffsetDateTime[] created = missing.stream().map(Row::createdAt).toArray(OffsetDateTime[]::new);
    return tx.preparedQuery(CLAIM)
        .execute(Tuple.of(ids, (Object) created))
        .map(OutboxRows::ids)
        .compose(claimed -> expectClaimed(tx, missing, claimed))
        .compose(claimed -> copy(tx, missing, claimed));
  }

  // A row without a claim was not copied before: a trigger dropped its claim.
  private static Future<List<UUID>> expectClaimed(
      SqlConnection tx, List<Row> missing, List<UUID> claimed) {
    if (claimed.size() == missing.size()) {
      return Future.succeededFuture(claimed);
    }
    UUID[] ids = missing.stream().map(Row::id).toArray(UUID[]::new);
    OffsetDateTime[] created = missing.stream().map(Row::createdAt).toArray(OffsetDateTime[]::new);
    int distinct = (int) missing.stream().distinct().count();
    return tx.preparedQuery(COUNT_CLAIMED)
        .execute(Tuple.of(ids, (Object) created))
        .map(rows -> rows.iterator().next().getLong("claimed").intValue())
        .compose(stored -> RowCounts.expect("outbox_republication", stored, distinct))
        .map(claimed);
  }

  private static List<UUID> ids(io.vertx.sqlclient.RowSet<io.vertx.sqlclient.Row> claimed) {
    List<UUID> ids = new ArrayList<>(claimed.size());
    claimed.forEach(row -> ids.add(row.getUUID(0)));
    return ids;
  }

  private static Future<List<UUID>> copy(SqlConnection tx, List<Row> missing, List<UUID> claimed) {
    if (claimed.isEmpty()) {
      return Future.succeededFuture(claimed);
    }
    UUID[] ids = claimed.toArray(UUID[]::new);
    List<OffsetDateTime> created = missing.stream().map(Row::createdAt).sorted().toList();
    return tx.preparedQuery(COPY)
        .execute(Tuple.of(created.get(0), created.get(created.size() - 1), (Object) ids))
        .compose(copied -> RowCounts.expect("outbox", copied.rowCount(), claimed.size()))
        .map(claimed);
  }

  /**
   * Saves the position from which the next reconciler continues. It never goes back, unless it was
   * in the future: rows that one reconciler has compared are compared.
   *
   * @param repeatTo the end of the repeated comparison that this reconciler has joined. If it is
   *     the one that is requested, the next reconciler repeats only the rows after {@code
   *     comparedTo}
   */
  Future<Void> saveProgress(
      OffsetDateTime comparedTo, Map<String, SeenTopic> topics, @Nullable OffsetDateTime repeatTo) {
    return inTime(
        pool.preparedQuery(SAVE_PROGRESS)
            .execute(Tuple.of(comparedTo, SeenTopic.json(topics), repeatTo))
            .compose(OutboxRows::expectOne));
  }

  /**
   * Requests that rows are compared again: every reconciler begins with them.
   *
   * @return the end of the rows to compare; other than that of any request before
   */
  Future<OffsetDateTime> compareAgain(
      OffsetDateTime from, OffsetDateTime to, Map<String, SeenTopic> topics) {
    return inTime(
        pool.preparedQuery(COMPARE_AGAIN)
            .execute(Tuple.of(from, to, SeenTopic.json(topics)))
            .compose(
                written ->
                    expectOne(written)
                        .map(one -> written.iterator().next().getOffsetDateTime("compare_to"))));
  }

  private static Future<Void> expectOne(io.vertx.sqlclient.RowSet<?> written) {
    return RowCounts.expect("outbox_reconciled", written.rowCount(), 1);
  }

  /** Drops a slot that was invalidated, and creates it again. */
  Future<Void> recreateSlot() {
    return inTime(pool.query("SELECT outbox_repair_slot()").execute().mapEmpty());
  }

  private static <T> Future<T> inTime(Future<T> statement) {
    return statement.timeout(WITHIN_MS, TimeUnit.MILLISECONDS);
  }
}
