package dev.converge.payment.checks;

import dev.converge.payment.domain.OrderTotals;
import dev.converge.payment.postgres.PaymentAuditQueries;
import dev.converge.service.audit.Audit;
import io.vertx.core.Future;
import java.util.List;
import java.util.UUID;
import java.util.function.BiFunction;

/** The checks of payments. They report ids of orders, and tokens of wallets. */
public final class PaymentAudit {
  private PaymentAudit() {}

  /**
   * The checks, with what each reports.
   *
   * <ul>
   *   <li>{@code payments-not-as-orders}: orders of the last day whose payment differs from the
   *       order.
   *   <li>{@code payments-not-as-provider}: payments of the last day that differ from the
   *       provider's ledger, and charges without a payment.
   *   <li>{@code payments-awaiting-provider}: payments whose calls keep failing or are not made.
   *   <li>{@code wallets-not-as-charged}: wallets at the provider that have spent another amount
   *       than was charged to them.
   * </ul>
   *
   * @param orders the totals of the orders in a range of ids, its end excluded
   */
  public static List<Audit.Check> checks(
      PaymentAuditQueries queries, BiFunction<UUID, UUID, Future<OrderTotals>> orders) {
    PaymentsAgainstOrders againstOrders =
        new PaymentsAgainstOrders(queries::nowMillis, orders, queries::charged);
    return List.of(
        new Audit.Check("payments-not-as-orders", againstOrders::check),
        queries.notAsProvider(),
        queries.awaitingProvider(),
        queries.walletsNotAsCharged());
  }
}
