package dev.converge.order.application;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** The idempotency keys of requests. */
public interface IdempotencyKeyRepository {
  /**
   * A key, the request that used it, and the order that this request placed.
   *
   * @param fingerprint of the request, in hexadecimal digits
   */
  record IdempotencyKey(String key, String fingerprint, UUID orderId) {}

  /**
   * Takes keys; returns those that were not used before. Waits for a transaction that has taken one
   * of them and has not ended.
   */
  Future<Set<String>> take(SqlConnection tx, List<IdempotencyKey> keys);

  /**
   * As {@link #take} for one key that stays in use while its transaction is in doubt: until that
   * ends, {@link #inDoubt} names the key.
   */
  Future<Boolean> takeAlone(SqlConnection tx, IdempotencyKey key);

  /**
   * Those of the keys that a transaction has taken alone and that has not ended. The others are
   * shared until the end of the client's transaction: until then none of them is taken alone. Waits
   * for no other transaction.
   */
  Future<Set<String>> inDoubt(SqlClient client, Collection<String> keys);

  /** Those of the keys that are used. */
  Future<Map<String, IdempotencyKey>> find(SqlClient client, Collection<String> keys);

  /** Deletes the oldest keys past their retention, up to the limit; returns how many. */
  Future<Integer> prune(SqlClient client, int retentionDays, int limit);
}
