package dev.converge.order;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import dev.converge.order.domain.AbortReason;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderLine;
import dev.converge.order.domain.OrderProtocol;
import dev.converge.order.domain.OrderTransaction;
import dev.converge.service.postgres.DatabaseConfig;
import dev.converge.service.runtime.Env;
import dev.converge.testkit.ConnectedDatabase;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * The order service's database for integration tests: a real PostgreSQL, reached through the pool
 * and the role that the service itself uses. Tests share the tables; each begins with them empty.
 */
public final class OrderDatabase extends ConnectedDatabase {
  private static final Duration LOCK_WAIT = Duration.ofMinutes(1);
  private static final TimeBasedEpochGenerator IDS = Generators.timeBasedEpochGenerator();

  public OrderDatabase() {
    super(
        "order",
        (vertx, environment) ->
            DatabaseConfig.from(new Env(environment), "orders", "order_service").pool(vertx),
        "placed_order",
        "saga",
        "saga_log",
        "idempotency_key",
        "outbox",
        "operator_action");
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

  /** An order that a transaction has ended: completed, or rejected for a reason. */
  public static Order ended(Order order, @Nullable AbortReason rejection) {
    String vote = rejection == null ? "PREPARED" : rejection.name();
    return order.ended(
        new OrderTransaction(
            OrderProtocol.TWO_PHASE,
            "2pc." + order.orderId() + ".inventory_payment",
            rejection == null,
            Map.of("inventory", vote, "payment", "PREPARED")),
        rejection,
        Instant.now().truncatedTo(ChronoUnit.MICROS));
  }

  /** Waits until this many transactions wait for a lock. */
  public static void awaitLockWaits(OrderDatabase database, int transactions) {
    Awaitility.await("transactions that wait for a lock")
        .atMost(LOCK_WAIT)
        .until(
            () ->
                String.valueOf(transactions)
                    .equals(
                        database.value(
                            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type ="
                                + " 'Lock'")));
  }
}
