package dev.converge.order.postgres;

import dev.converge.service.RowCounts;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The table {@code idempotency_key}. */
public final class IdempotencyKeyRepository {
  // Sorted, so that two transactions that meet over the same keys wait and never deadlock. A key in
  // flight elsewhere is waited for: its outcome decides whether this one is the first.
  private static final String INSERT =
      """
      INSERT INTO idempotency_key (key, fingerprint, order_id)
      SELECT * FROM unnest($1::text[], $2::bytea[], $3::uuid[]) AS used (key, fingerprint, order_id)
      ORDER BY key
      """;

  private static final String INSERT_UNUSED =
      INSERT
          + """
          ON CONFLICT (key) DO NOTHING
          RETURNING key
          """;

  private static final String UNIQUE_VIOLATION = "23505";

  private static final String FIND =
      "SELECT key, fingerprint, order_id FROM idempotency_key WHERE key = ANY($1)";

  private static final String PRUNE =
      """
      DELETE FROM idempotency_key
      WHERE key IN (SELECT key FROM idempotency_key
                    WHERE created_at < now() - $1 * interval '1 day' ORDER BY created_at LIMIT $2)
      """;

  /** A key, the request it stands for, and the order that came of it. */
  public record IdempotencyKey(String key, Buffer fingerprint, UUID orderId) {}

  /**
   * Takes keys that are taken to be new, as nearly all are. Fails, and the transaction with it,
   * where one {@link #wasTaken was taken} before.
   */
  public Future<Void> takeNew(SqlConnection tx, List<IdempotencyKey> keys) {
    return tx.preparedQuery(INSERT)
        .execute(columns(keys))
        .compose(rows -> RowCounts.expect("idempotency_key", rows.rowCount(), keys.size()));
  }

  /** Whether a transaction failed because a key of it was taken before. */
  public static boolean wasTaken(Throwable cause) {
    return cause instanceof PgException failure
        && UNIQUE_VIOLATION.equals(failure.getSqlState())
        && "idempotency_key".equals(failure.getTable());
  }

  /** Takes keys; returns those that nobody had taken. */
  public Future<Set<String>> take(SqlConnection tx, List<IdempotencyKey> keys) {
    return tx.preparedQuery(INSERT_UNUSED)
        .execute(columns(keys))
        .map(IdempotencyKeyRepository::taken);
  }

  private static Tuple columns(List<IdempotencyKey> keys) {
    return Tuple.of(
        keys.stream().map(IdempotencyKey::key).toArray(String[]::new),
        keys.stream().map(IdempotencyKey::fingerprint).toArray(Buffer[]::new),
        keys.stream().map(IdempotencyKey::orderId).toArray(UUID[]::new));
  }

  public Future<Map<String, IdempotencyKey>> find(SqlClient client, Collection<String> keys) {
    return keys.isEmpty()
        ? Future.succeededFuture(Map.of())
        : client
            .preparedQuery(FIND)
            .execute(Tuple.of(keys.toArray(String[]::new)))
            .map(IdempotencyKeyRepository::byKey);
  }

  /** Forgets the oldest keys past their retention, so many at most; returns how many. */
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
    rows.forEach(
        row ->
            keys.put(
                row.getString("key"),
                new IdempotencyKey(
                    row.getString("key"), row.getBuffer("fingerprint"), row.getUUID("order_id"))));
    return keys;
  }
}
