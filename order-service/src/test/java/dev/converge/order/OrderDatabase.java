package dev.converge.order;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderLine;
import dev.converge.service.DatabaseConfig;
import dev.converge.service.Env;
import dev.converge.testkit.ServiceDatabase;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.awaitility.Awaitility;

/**
 * The order service's database for integration tests: a real PostgreSQL, reached through the pool
 * and the role that the service itself uses. Tests share the tables; each begins with them empty.
 */
public final class OrderDatabase implements AutoCloseable {
  private static final long WITHIN_SECONDS = 20;
  private static final TimeBasedEpochGenerator IDS = Generators.timeBasedEpochGenerator();

  private final ServiceDatabase server = ServiceDatabase.of("order");
  private final Vertx vertx = Vertx.vertx();
  private final Pool pool =
      DatabaseConfig.from(new Env(server.environment()), "orders", "order_service").pool(vertx);

  public OrderDatabase() {
    server.truncate(
        "placed_order", "saga", "saga_log", "idempotency_key", "outbox", "operator_action");
  }

  public Vertx vertx() {
    return vertx;
  }

  public Pool pool() {
    return pool;
  }

  public ServiceDatabase server() {
    return server;
  }

  /** The result of work that commits. */
  @CanIgnoreReturnValue
  public <T> T inTransaction(Function<SqlConnection, Future<T>> work) {
    return await(pool.withTransaction(work));
  }

  /** The result of a future; its failure as the cause of an {@link AssertionError}. */
  @CanIgnoreReturnValue
  public static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(WITHIN_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("not complete within " + WITHIN_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** An order that is placed now, at the precision that PostgreSQL keeps. */
  public static Order newOrder() {
    return orderOf(IDS.generate(), 900);
  }

  /** The same with an id and the price of its single item. */
  public static Order orderOf(UUID orderId, long priceMinor) {
    return Order.placed(
        orderId,
        "ada",
        "EUR",
        List.of(new OrderLine("mug", 1, priceMinor)),
        "tok_ok",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        Instant.now().truncatedTo(ChronoUnit.MICROS));
  }

  /** Waits until this many transactions wait for a lock. */
  public static void awaitLockWaits(OrderDatabase database, int transactions) {
    Awaitility.await("transactions that wait for a lock")
        .atMost(Duration.ofSeconds(WITHIN_SECONDS))
        .until(
            () ->
                String.valueOf(transactions)
                    .equals(
                        database
                            .server()
                            .value(
                                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type ="
                                    + " 'Lock'")));
  }

  @Override
  public void close() {
    await(pool.close());
    await(vertx.close());
  }
}
