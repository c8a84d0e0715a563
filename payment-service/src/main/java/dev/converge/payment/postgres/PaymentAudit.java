package dev.converge.payment.postgres;

import dev.converge.payment.domain.OrderTotals;
import dev.converge.service.Audit;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.util.List;
import java.util.UUID;
import java.util.function.BiFunction;

/** Questions to the table of payments, each answered with the ids of orders. */
public final class PaymentAudit {
  // Here, and here alone, the provider's ledger is read beside ours: it stands for the statement
  // of account that a provider sends. A payment whose call is under way is left out. A full join
  // finds a charge without a payment, too, and is a merge of two indexes instead of a look-up each.
  private static final String NOT_AS_PROVIDER =
      """
      SELECT coalesce(p.order_id, c.key)::text
      FROM (SELECT order_id, status, amount_minor, currency FROM payment
            WHERE order_id >= uuid_v7_floor(now() - interval '1 day')) AS p
      FULL JOIN (SELECT key, status, amount_minor, currency FROM provider.charge
                 WHERE key >= uuid_v7_floor(now() - interval '1 day')) AS c ON c.key = p.order_id
      WHERE coalesce(p.status, 'NONE') IN ('CHARGED', 'DECLINED', 'REFUNDED', 'NONE')
        AND (CASE WHEN p.status = 'CHARGED' THEN p.amount_minor ELSE 0 END
             <> CASE WHEN c.status = 'CHARGED' THEN c.amount_minor ELSE 0 END
             OR (p.status = 'CHARGED' AND c.currency <> p.currency))
      ORDER BY 1
      LIMIT $1
      """;

  // A call is repeated after ten seconds at most, and what is due is looked for twice a second.
  private static final String AWAITING_PROVIDER =
      """
      SELECT order_id::text FROM payment
      WHERE status IN ('CHARGING', 'VOIDING', 'REFUNDING')
        AND (attempts >= 10 OR next_attempt_at < now() - interval '1 minute')
      ORDER BY order_id
      LIMIT $1
      """;

  private PaymentAudit() {}

  /**
   * Payments of the last day's orders that hold another sum than the provider says, charges of
   * theirs without a payment; orders of the last day whose payments come to another sum than they
   * do; and payments whose call to the provider keeps failing, or that nobody calls for.
   *
   * @param orders what the orders from an id up to and without another come to
   */
  public static List<Audit.Check> checks(
      SqlClient client, BiFunction<UUID, UUID, Future<OrderTotals>> orders) {
    PaymentsAgainstOrders againstOrders = new PaymentsAgainstOrders(client, orders);
    return List.of(
        new Audit.Check("payments-not-as-orders", againstOrders::look),
        Audit.Check.of("payments-not-as-provider", client, NOT_AS_PROVIDER),
        Audit.Check.of("payments-awaiting-provider", client, AWAITING_PROVIDER));
  }
}
