package dev.converge.testkit;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A {@link ServiceDatabase} with an event loop and the pool of the service, for tests of its SQL
 * and its handlers. The tests of a JVM share the tables; each test begins with empty ones.
 */
public class ConnectedDatabase implements AutoCloseable {
  private static final long WITHIN_SECONDS = 20;

  private final ServiceDatabase server;
  private final Vertx vertx = Vertx.vertx();
  private final Pool pool;

  /**
   * @param pool creates the pool that the service itself uses, from the database's variables
   * @param tables the tables to empty
   */
  protected ConnectedDatabase(
      String domain, BiFunction<Vertx, Map<String, String>, Pool> pool, String... tables) {
    this.server = ServiceDatabase.of(domain);
    this.pool = pool.apply(vertx, server.environment());
    server.truncate(tables);
  }

  public final Vertx vertx() {
    return vertx;
  }

  public final Pool pool() {
    return pool;
  }

  /** Runs a statement as superuser, to prepare a test. */
  public final void execute(String sql) {
    server.execute(sql);
  }

  /** The first column of the first row, as text, read as superuser. */
  public final String value(String query) {
    return String.valueOf(server.value(query));
  }

  /** Runs work in a transaction that commits. */
  @CanIgnoreReturnValue
  public final <T> T inTransaction(Function<SqlConnection, Future<T>> work) {
    return await(pool.withTransaction(work));
  }

  /** Runs work on an event loop. */
  @CanIgnoreReturnValue
  public final <T> T onEventLoop(Supplier<Future<T>> work) {
    return await(
        Future.future(result -> vertx.runOnContext(loop -> work.get().onComplete(result))));
  }

  /** The result of a future. Throws its failure. */
  @CanIgnoreReturnValue
  public static <T> T await(Future<T> future) {
    try {
      return future.await(WITHIN_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("not complete within " + WITHIN_SECONDS + " s", e);
    }
  }

  @Override
  public final void close() {
    await(pool.close());
    await(vertx.close());
  }
}
