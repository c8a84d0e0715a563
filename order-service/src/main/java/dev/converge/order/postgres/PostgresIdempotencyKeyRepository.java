package dev.converge.order.postgres;

import dev.converge.order.application.IdempotencyKeyRepository;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The table {@code idempotency_key}. */
public final class PostgresIdempotencyKeyRepository implements IdempotencyKeyRepository {
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

  private static final String FIND =
      "SELECT key, fingerprint, order_id FROM idempotency_key WHERE key = ANY($1)";

  private static final String PRUNE =
      """
      DELETE FROM idempotency_key
      WHERE key IN (SELECT key FROM idempotency_key
                    WHERE created_at < now() - $1 * interval '1 day' ORDER BY created_at LIMIT $2)
      """;

  @Override
  public Future<Set<String>> take(SqlConnection tx, List<IdempotencyKey> keys) {
    return tx.preparedQuery(TAKE)
        .execute(columns(keys))
        .map(PostgresIdempotencyKeyRepository::taken);
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
            .map(PostgresIdempotencyKeyRepository::byKey);
  }

  @Override
  public Future<Integer> prune(SqlClient client, int retentionDays, int limit) {
    return client
        .preparedQuery(PRUNE)
        .execute(Tuple.of(retentionDays, limit))
        .map(rows -> rows.rowCount());
  }

  private static Set<String> taken(RowSet<Row> rows) {
    Set<String> taken = new HashSet<>();
    rows.forEach(row -> taken.add(row.getString("key")));
    return taken;
  }

  private static Map<String, IdempotencyKey> byKey(RowSet<Row> rows) {
    Map<String, IdempotencyKey> keys = new HashMap<>();
    rows.forEach(row -> keys.put(row.getString("key"), key(row)));
    return keys;
  }

  private static IdempotencyKey key(Row row) {
    return new IdempotencyKey(
        row.getString("key"),
        HexFormat.of().formatHex(row.getBuffer("fingerprint").getBytes()),
        row.getUUID("order_id"));
  }
}
