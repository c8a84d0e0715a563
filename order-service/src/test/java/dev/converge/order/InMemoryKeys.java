package dev.converge.order;

import dev.converge.order.application.IdempotencyKeyRepository;
import dev.converge.testkit.InMemoryDatabase;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The idempotency keys in memory. */
public final class InMemoryKeys implements IdempotencyKeyRepository {
  public static final String TAKE = "take keys";
  public static final String PRUNE = "prune keys";

  private final InMemoryDatabase database;
  private final Map<String, IdempotencyKey> taken;
  private final Set<String> pruned = new HashSet<>();
  private final Set<String> inDoubt = new HashSet<>();

  InMemoryKeys(InMemoryDatabase database) {
    this.database = database;
    this.taken = database.table();
  }

  /** The keys that are used. */
  public Set<String> used() {
    return Set.copyOf(taken.keySet());
  }

  /** Removes a key before the next {@link #find}, as if another instance had pruned it. */
  public void pruneBeforeFind(String key) {
    pruned.add(key);
  }

  /** Leaves a key to a transaction in doubt. */
  public void leaveInDoubt(String key) {
    inDoubt.add(key);
  }

  @Override
  public Future<Boolean> takeAlone(SqlConnection tx, IdempotencyKey key) {
    return take(tx, List.of(key)).map(fresh -> !fresh.isEmpty());
  }

  @Override
  public Future<Set<String>> inDoubt(SqlClient client, Collection<String> keys) {
    Set<String> found = new HashSet<>(inDoubt);
    found.retainAll(keys);
    return database.query(client, "keys in doubt", () -> found);
  }

  @Override
  public Future<Set<String>> take(SqlConnection tx, List<IdempotencyKey> keys) {
    return database.query(tx, TAKE, () -> take(keys));
  }

  private Set<String> take(List<IdempotencyKey> keys) {
    Set<String> fresh = new LinkedHashSet<>();
    for (IdempotencyKey key : keys) {
      if (taken.putIfAbsent(key.key(), key) == null) {
        fresh.add(key.key());
      }
    }
    return fresh;
  }

  @Override
  public Future<Map<String, IdempotencyKey>> find(SqlClient client, Collection<String> keys) {
    taken.keySet().removeAll(pruned);
    Map<String, IdempotencyKey> found = new LinkedHashMap<>(taken);
    found.keySet().retainAll(keys);
    return keys.isEmpty()
        ? Future.succeededFuture(Map.of())
        : database.query(client, "find keys", () -> found);
  }

  @Override
  public Future<Integer> prune(SqlClient client, int retentionDays, int limit) {
    return database.query(
        client,
        PRUNE + " after " + retentionDays + " days",
        () -> {
          List<String> oldest = taken.keySet().stream().limit(limit).toList();
          taken.keySet().removeAll(oldest);
          return oldest.size();
        });
  }
}
