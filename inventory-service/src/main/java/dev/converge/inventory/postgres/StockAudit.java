package dev.converge.inventory.postgres;

import dev.converge.service.Audit;
import io.vertx.sqlclient.SqlClient;
import java.time.Duration;
import java.util.List;

/** Questions to the tables of stock and reservations. */
public final class StockAudit {
  // Longer than a saga takes from a reservation to its end, with standard settings: a deadline, and
  // the last attempt at each of two undos. A stuck saga is found by the order service.
  private static final Duration ORPHANED_AFTER = Duration.ofHours(4);

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

  private static final String ORPHANED =
      """
      SELECT order_id::text FROM reservation
      WHERE status = 'RESERVED' AND updated_at < now() - $2 * interval '1 ms'
      ORDER BY order_id
      LIMIT $1
      """;

  private StockAudit() {}

  /**
   * SKUs whose stock does not add up to what was received, SKUs of which more or less is set aside
   * than reservations hold, and orders whose stock has been set aside for longer than a saga takes.
   */
  public static List<Audit.Check> checks(SqlClient client) {
    return List.of(
        Audit.Check.of("stock-unbalanced", client, UNBALANCED),
        Audit.Check.of("stock-not-as-reserved", client, NOT_AS_RESERVED),
        Audit.Check.of("reservations-orphaned", client, ORPHANED, ORPHANED_AFTER.toMillis()));
  }
}
