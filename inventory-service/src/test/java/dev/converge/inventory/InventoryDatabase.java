package dev.converge.inventory;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.service.DatabaseConfig;
import dev.converge.service.Env;
import dev.converge.testkit.ServiceDatabase;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * The inventory's database for integration tests: a real PostgreSQL, with the pool and the role
 * that the service itself uses. Tests share the tables; each begins with empty ones.
 */
public final class InventoryDatabase implements AutoCloseable {
  private static final long WITHIN_SECONDS = 20;

  private final ServiceDatabase server = ServiceDatabase.of("inventory");
  private final Vertx vertx = Vertx.vertx();
  private final Pool pool =
      DatabaseConfig.from(new Env(server.environment()), "inventory", "inventory_service")
          .pool(vertx);

  public InventoryDatabase() {
    server.truncate("stock", "reservation", "outbox");
  }

  public Pool pool() {
    return pool;
  }

  public ServiceDatabase server() {
    return server;
  }

  /** Runs work in a transaction that commits. */
  @CanIgnoreReturnValue
  public <T> T inTransaction(Function<SqlConnection, Future<T>> work) {
    return await(pool.withTransaction(work));
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

  /** Adds stock of a SKU, all of it available. */
  public void receive(String sku, int units) {
    server.execute(
        "INSERT INTO stock (sku, available, received) VALUES ('%s', %d, %d)"
            .formatted(sku, units, units));
  }

  /** Adds a reservation of units of one SKU, without changing the stock. */
  public void reservation(UUID orderId, String status, String sku, int units, String age) {
    server.execute(
        """
        INSERT INTO reservation (order_id, status, lines, version, updated_at)
        VALUES ('%s', '%s', '[{"sku": "%s", "quantity": %d}]', 1, now() - interval '%s')
        """
            .formatted(orderId, status, sku, units, age));
  }

  /** The stock of a SKU: available, reserved, shipped, received. */
  public String stock(String sku) {
    return String.valueOf(
        server.value(
            """
            SELECT concat_ws(' ', available, reserved, shipped, received)
            FROM stock WHERE sku = '%s'
            """
                .formatted(sku)));
  }

  @Override
  public void close() {
    await(pool.close());
    await(vertx.close());
  }
}
