package dev.converge.inventory.checks;

import dev.converge.inventory.postgres.StockAuditQueries;
import dev.converge.service.audit.Audit;
import io.vertx.core.Future;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/** The checks of stock and reservations. */
public final class StockAudit {
  private StockAudit() {}

  /**
   * The checks, with what each reports.
   *
   * <ul>
   *   <li>{@code stock-unbalanced}: SKUs whose stock does not add up to the received quantity.
   *   <li>{@code stock-not-as-reserved}, {@code stock-not-as-shipped}: SKUs whose stock differs
   *       from the sum of their reservations.
   *   <li>{@code reservations-orphaned}: ended orders that still hold stock.
   *   <li>{@code commands-deferred}: commands that have waited for a minute for stock that a branch
   *       in doubt holds.
   * </ul>
   *
   * @param isOver whether an order has ended or does not exist
   */
  public static List<Audit.Check> checks(
      StockAuditQueries queries, Function<UUID, Future<Boolean>> isOver) {
    ShippedStock shipped = new ShippedStock(queries::countShipped);
    OrphanedReservations orphaned =
        new OrphanedReservations(queries::held, queries::stillHeld, isOver);
    return List.of(
        queries.unbalanced(),
        queries.notAsReserved(),
        new Audit.Check("stock-not-as-shipped", shipped::check),
        new Audit.Check("reservations-orphaned", orphaned::check),
        queries.deferred());
  }
}
