package dev.converge.inventory.postgres;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

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

  private static final String ORPHANED =
      """
      SELECT order_id::text FROM reservation
      WHERE status = 'RESERVED' AND updated_at < now() - $2 * interval '1 ms'
      ORDER BY order_id
      LIMIT $1
      """;

  /** SKUs whose stock does not add up to what was received. */
  public Future<List<String>> unbalanced(SqlClient client, int most) {
    return client.preparedQuery(UNBALANCED).execute(Tuple.of((long) most)).map(StockAudit::texts);
  }

  /** SKUs of which more or less is set aside than reservations hold. */
  public Future<List<String>> notAsReserved(SqlClient client, int most) {
    return client
        .preparedQuery(NOT_AS_RESERVED)
        .execute(Tuple.of((long) most))
        .map(StockAudit::texts);
  }

  /** Orders whose stock has been set aside for longer than a saga may take. */
  public Future<List<String>> orphaned(SqlClient client, Duration after, int most) {
    return client
        .preparedQuery(ORPHANED)
        .execute(Tuple.of((long) most, after.toMillis()))
        .map(StockAudit::texts);
  }

  private static List<String> texts(RowSet<Row> rows) {
    List<String> texts = new ArrayList<>();
    rows.forEach(row -> texts.add(row.getString(0)));
    return texts;
  }
}
