package dev.converge.payment;

import dev.converge.service.postgres.DatabaseConfig;
import dev.converge.service.runtime.Env;
import dev.converge.testkit.ConnectedDatabase;
import java.util.UUID;

/**
 * The payment service's database for integration tests, with the pool and the role that the service
 * uses.
 */
public final class PaymentDatabase extends ConnectedDatabase {
  public PaymentDatabase() {
    super(
        "payment",
        (vertx, environment) ->
            DatabaseConfig.from(new Env(environment), "payment", "payment_service").pool(vertx),
        "payment",
        "provider.charge",
        "provider.wallet",
        "outbox");
  }

  /** Adds a payment of EUR 10.99, due in an interval, which may be negative. */
  public void payment(UUID orderId, String status, int attempts, String dueIn) {
    execute(
        """
        INSERT INTO payment (order_id, status, amount_minor, currency, token, replies, command_id,
                             attempts, next_attempt_at)
        VALUES ('%1$s', '%2$s', 1099, 'EUR', 'tok_ok', 0, '%1$s', %3$d, now() + interval '%4$s')
        """
            .formatted(orderId, status, attempts, dueIn));
  }

  /** A wallet's balance, held, spent and deposited money, separated by spaces. */
  public String wallet(String token) {
    return value(
        """
        SELECT concat_ws(' ', balance_minor, held_minor, spent_minor, deposited_minor)
        FROM provider.wallet WHERE token = '%s'
        """
            .formatted(token));
  }

  /** Columns of an order's payment, separated by spaces. */
  public String payment(UUID orderId, String columns) {
    return value(
        "SELECT concat_ws(' ', %s) FROM payment WHERE order_id = '%s'".formatted(columns, orderId));
  }

  /** The replies of an order: sequence and type. */
  public String replies(UUID orderId) {
    return value(
        """
        SELECT string_agg(sequence || ' ' || split_part(type, '.', 4), ', ' ORDER BY sequence)
        FROM outbox WHERE aggregateid = '%s'
        """
            .formatted(orderId));
  }
}
