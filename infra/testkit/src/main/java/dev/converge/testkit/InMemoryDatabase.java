package dev.converge.testkit;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A database in memory, for unit tests of handlers and use cases. Fakes of repositories keep their
 * rows in its tables and run their statements through it. A transaction that fails leaves the
 * tables as they were. One transaction is open at a time.
 *
 * <p>Futures are complete when they are returned, unless a test {@link #hold}s a statement.
 */
public final class InMemoryDatabase {
  /** The statement that ends each transaction which did not fail. */
  public static final String COMMIT = "commit";

  private final List<Map<?, ?>> tables = new ArrayList<>();
  // A server under test runs them on its event loop.
  private final List<String> statements = Collections.synchronizedList(new ArrayList<>());
  private final Map<String, Throwable> failing = new LinkedHashMap<>();
  private final Map<String, Promise<Void>> held = new LinkedHashMap<>();
  private final Pool pool = new InMemoryPool(this);
  private @Nullable SqlConnection open;
  private boolean aborted;

  private record Snapshot<K, V>(Map<K, V> table, Map<K, V> rows) {
    static <K, V> Snapshot<K, V> of(Map<K, V> table) {
      return new Snapshot<>(table, new LinkedHashMap<>(table));
    }

    void restore() {
      table.clear();
      table.putAll(rows);
    }
  }

  /** A new table: its rows by their keys, in the order in which they are inserted. */
  public <K, V> Map<K, V> table() {
    Map<K, V> table = new LinkedHashMap<>();
    tables.add(table);
    return table;
  }

  /** The pool that the code under test gets. It runs transactions, and no SQL. */
  public Pool pool() {
    return pool;
  }

  /** The statements until now, in their order. */
  public List<String> statements() {
    return List.copyOf(statements);
  }

  /** Forgets the statements until now. */
  public void clearStatements() {
    statements.clear();
  }

  /** Makes the next statement fail whose text begins with this. */
  public void fail(String statement, Throwable cause) {
    failing.put(statement, cause);
  }

  /** Delays the next statement whose text begins with this until the promise is complete. */
  public Promise<Void> hold(String statement) {
    Promise<Void> promise = Promise.promise();
    held.put(statement, promise);
    return promise;
  }

  /** Runs a query of a fake on the pool or in the open transaction. */
  public <T> Future<T> query(SqlClient client, String statement, Supplier<T> effect) {
    if (client != pool && client != open) {
      return Future.failedFuture(new IllegalStateException(statement + ": transaction has ended"));
    }
    statements.add(statement);
    Promise<Void> gate = next(held, statement);
    Future<Void> ready = gate == null ? Future.succeededFuture() : gate.future();
    Throwable cause = next(failing, statement);
    return ready
        .compose(run -> cause == null ? Future.succeededFuture() : Future.failedFuture(cause))
        .map(run -> effect.get())
        .onFailure(failed -> aborted |= client == open);
  }

  /** Runs a write of a fake on the pool or in the open transaction. */
  public Future<Void> write(SqlClient client, String statement, Runnable effect) {
    return query(
            client,
            statement,
            () -> {
              effect.run();
              return statement;
            })
        .mapEmpty();
  }

  private static <V> @Nullable V next(Map<String, V> planned, String statement) {
    return planned.keySet().stream()
        .filter(statement::startsWith)
        .findFirst()
        .map(planned::remove)
        .orElse(null);
  }

  /** The result of a transaction that commits. Throws its failure. */
  @CanIgnoreReturnValue
  public <T> T inTransaction(Function<SqlConnection, Future<T>> work) {
    return ConnectedDatabase.await(pool.withTransaction(work));
  }

  <T> Future<T> transaction(Function<SqlConnection, Future<T>> work) {
    if (open != null) {
      return Future.failedFuture(new IllegalStateException("another transaction is open"));
    }
    List<Snapshot<?, ?>> before = new ArrayList<>();
    tables.forEach(table -> before.add(Snapshot.of(table)));
    SqlConnection tx = new InMemoryTransaction();
    open = tx;
    aborted = false;
    return Future.succeededFuture(tx)
        .compose(work)
        .compose(result -> commit(tx).map(result))
        .onFailure(rolledBack -> before.forEach(Snapshot::restore))
        .onComplete(ended -> open = null);
  }

  // As in PostgreSQL, a transaction with a failed statement cannot commit.
  private Future<Void> commit(SqlConnection tx) {
    return aborted
        ? Future.failedFuture(new IllegalStateException("a statement of the transaction failed"))
        : write(tx, COMMIT, () -> {});
  }
}
