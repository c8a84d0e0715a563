package dev.converge.payment;

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
import java.util.function.Supplier;

/**
 * The payment service's database for integration tests: a real PostgreSQL, with the pool and the
 * role that the service itself uses. Tests share the tables; each begins with empty ones.
 */
public final class PaymentDatabase implements AutoCloseable {
  private static final long WITHIN_SECONDS = 20;

  private final ServiceDatabase server = ServiceDatabase.of("payment");
  private final Vertx vertx = Vertx.vertx();
  private final Pool pool =
      DatabaseConfig.from(new Env(server.environment()), "payment", "payment_service").pool(vertx);

  public PaymentDatabase() {
    server.truncate("payment", "provider.charge", "outbox");
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

  /** Runs work in a transaction that commits. */
  @CanIgnoreReturnValue
  public <T> T inTransaction(Function<SqlConnection, Future<T>> work) {
    return await(pool.withTransaction(work));
  }

  /** Runs work on an event loop. */
  @CanIgnoreReturnValue
  public <T> T onEventLoop(Supplier<Future<T>> work) {
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

  /** Adds a payment of EUR 10.99, due in an interval, which may be negative. */
  public void payment(UUID orderId, String status, int attempts, String dueIn) {
    server.execute(
        """
        INSERT INTO payment (order_id, status, amount_minor, currency, token, replies, command_id,
                             attempts, next_attempt_at)
        VALUES ('%1$s', '%2$s', 1099, 'EUR', 'tok_ok', 0, '%1$s', %3$d, now() + interval '%4$s')
        """
            .formatted(orderId, status, attempts, dueIn));
  }

  /** Columns of an order's payment, separated by spaces. */
  public String payment(UUID orderId, String columns) {
    return String.valueOf(
        server.value(
            "SELECT concat_ws(' ', %s) FROM payment WHERE order_id = '%s'"
                .formatted(columns, orderId)));
  }

  /** The replies of an order: sequence and type. */
  public String replies(UUID orderId) {
    return String.valueOf(
        server.value(
            """
            SELECT string_agg(sequence || ' ' || split_part(type, '.', 4), ', ' ORDER BY sequence)
            FROM outbox WHERE aggregateid = '%s'
            """
                .formatted(orderId)));
  }

  @Override
  public void close() {
    await(pool.close());
    await(vertx.close());
  }
}
