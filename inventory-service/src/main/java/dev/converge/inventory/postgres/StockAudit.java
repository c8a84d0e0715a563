package dev.converge.inventory.postgres;

import dev.converge.service.Audit;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/** Questions to the tables of stock and reservations. */
public final class StockAudit {
  private static final String UNBALANCED =
      """
      SELECT sku FROM stock
      WHERE available + reserved + shipped <> received OR available < 0 OR reserved < 0
      ORDER BY sku
      LIMIT $1
      """;

  // One statement sees one moment: a command changes both sides in one transaction.
  private static final String NOT_AS_RESERVED =
      """
      SELECT sku || ': ' || sum(reserved) || ' reserved, reservations say ' || sum(held)
      FROM (SELECT sku, reserved, 0 AS held FROM stock
            UNION ALL
            SELECT line ->> 'sku', 0, (line ->> 'quantity')::bigint
            FROM reservation, json_array_elements(lines) AS line
            WHERE status = 'RESERVED') AS sides
      GROUP BY sku
      HAVING sum(reserved) <> sum(held)
      ORDER BY sku
      LIMIT $1
      """;

  private StockAudit() {}

  /**
   * SKUs whose stock does not add up to what was received, SKUs of which more or less is set aside
   * or was shipped than reservations say, and orders that need no stock any more but have it set
   * aside.
   *
   * @param isOver whether an order has ended, or is none
   */
  public static List<Audit.Check> checks(SqlClient client, Function<UUID, Future<Boolean>> isOver) {
    ShippedStock shipped = new ShippedStock(client);
    OrphanedReservations orphaned = new OrphanedReservations(client, isOver);
    return List.of(
        Audit.Check.of("stock-unbalanced", client, UNBALANCED),
        Audit.Check.of("stock-not-as-reserved", client, NOT_AS_RESERVED),
        new Audit.Check("stock-not-as-shipped", shipped::look),
        new Audit.Check("reservations-orphaned", orphaned::look));
  }
}
