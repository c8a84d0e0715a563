package dev.converge.order.postgres;

import dev.converge.faults.RowCounts;
import dev.converge.order.application.IdempotencyKeyRepository;
import dev.converge.service.postgres.StoredRows;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;

/** The table {@code idempotency_key}. */
public final class PostgresIdempotencyKeyRepository implements IdempotencyKeyRepository {
  private static final String TABLE = "idempotency_key";

  // Sorted, so that two transactions with the same keys wait for each other and never deadlock. A
  // key in flight elsewhere is waited for: that transaction's end decides which of them is first.
  private static final String TAKE =
      """
      INSERT INTO idempotency_key (key, fingerprint, order_id)
      SELECT * FROM unnest($1::text[], $2::bytea[], $3::uuid[]) AS used (key, fingerprint, order_id)
      ORDER BY key
      ON CONFLICT (key) DO NOTHING
      RETURNING key
      """;

  // A prepared transaction keeps its locks: that of the row, for which others would wait as long as
  // it is in doubt, and this one, which others can try. The seed of the hash separates these locks
  // from other uses of advisory locks.
  private static final String HOLD =
      "SELECT 1 FROM pg_advisory_xact_lock(hashtextextended($1, 20172))";

  private static final String IN_DOUBT =
      """
      SELECT key FROM unnest($1::text[]) AS wanted (key)
      WHERE NOT pg_try_advisory_xact_lock_shared(hashtextextended(key, 20172))
      """;

  private static final String FIND =
      "SELECT key, fingerprint, order_id FROM idempotency_key WHERE key = ANY($1)";

  private static final String PRUNE =
      """
      DELETE FROM idempotency_key
      WHERE key IN (SELECT key FROM idempotency_key
                    WHERE created_at < now() - $1 * interval '1 day' ORDER BY created_at LIMIT $2)
      """;

  // The minute: keys become old between two statements.
  private static final String COUNT_OLD =
      """
      SELECT count(*)::int AS old
      FROM (SELECT FROM idempotency_key
            WHERE created_at < now() - $1 * interval '1 day' - interval '1 minute'
            LIMIT 1) AS one
      """;

  @Override
  public Future<Set<String>> take(SqlConnection tx, List<IdempotencyKey> keys) {
    return tx.preparedQuery(TAKE).execute(columns(keys)).map(rows -> taken(rows, keys));
  }

  @Override
  public Future<Boolean> takeAlone(SqlConnection tx, IdempotencyKey key) {
    return tx.preparedQuery(HOLD)
        .execute(Tuple.of(key.key()))
        .compose(held -> take(tx, List.of(key)))
        .map(taken -> !taken.isEmpty());
  }

  @Override
  public Future<Set<String>> inDoubt(SqlClient client, Collection<String> keys) {
    return client
        .preparedQuery(IN_DOUBT)
        .execute(Tuple.of(keys.toArray(String[]::new)))
        .map(rows -> names(rows, keys));
  }

  private static Set<String> names(RowSet<Row> rows, Collection<String> asked) {
    return Set.copyOf(
        StoredRows.byKey(TABLE, rows, row -> row.getString("key"), Function.identity(), asked)
            .keySet());
  }

  private static Set<String> taken(RowSet<Row> rows, List<IdempotencyKey> keys) {
    return names(rows, keys.stream().map(IdempotencyKey::key).toList());
  }

  private static Tuple columns(List<IdempotencyKey> keys) {
    return Tuple.of(
        keys.stream().map(IdempotencyKey::key).toArray(String[]::new),
        keys.stream().map(PostgresIdempotencyKeyRepository::bytes).toArray(Buffer[]::new),
        keys.stream().map(IdempotencyKey::orderId).toArray(UUID[]::new));
  }

  private static Buffer bytes(IdempotencyKey key) {
    return Buffer.buffer(HexFormat.of().parseHex(key.fingerprint()));
  }

  @Override
  public Future<Map<String, IdempotencyKey>> find(SqlClient client, Collection<String> keys) {
    return keys.isEmpty()
        ? Future.succeededFuture(Map.of())
        : client
            .preparedQuery(FIND)
            .execute(Tuple.of(keys.toArray(String[]::new)))
            .map(
                rows ->
                    StoredRows.byKey(
                        TABLE,
                        rows,
                        PostgresIdempotencyKeyRepository::key,
                        IdempotencyKey::key,
                        keys));
  }

  // Nothing was deleted. That is a fault if a trigger keeps the rows.
  private static Future<Integer> expectNone(SqlClient client, int retentionDays) {
    return client
        .preparedQuery(COUNT_OLD)
        .execute(Tuple.of(retentionDays))
        .map(rows -> rows.iterator().next().getInteger("old"))
        .compose(old -> RowCounts.expect(TABLE, 0, old).map(0));
  }

  @Override
  public Future<Integer> prune(SqlClient client, int retentionDays, int limit) {
    return client
        .preparedQuery(PRUNE)
        .execute(Tuple.of(retentionDays, limit))
        .compose(
            deleted ->
                deleted.rowCount() > 0
                    ? Future.succeededFuture(deleted.rowCount())
                    : expectNone(client, retentionDays));
  }

  private static IdempotencyKey key(Row row) {
    return new IdempotencyKey(
        row.getString("key"),
        HexFormat.of().formatHex(row.getBuffer("fingerprint").getBytes()),
        row.getUUID("order_id"));
  }
}
