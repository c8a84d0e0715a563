package dev.converge.inventory.postgres;

import dev.converge.service.audit.Audit;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The queries of the audit's checks. */
public final class StockAuditQueries {
  private static final long SHIPPED_PER_QUERY = 100_000;

  private static final String UNBALANCED =
      """
      SELECT sku FROM stock
      WHERE available + reserved + shipped <> received OR available < 0 OR reserved < 0
      ORDER BY sku
      LIMIT $1
      """;

  // One statement has one snapshot: a command changes both sides in one transaction.
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

  // One statement has one snapshot: a command changes both sides in one transaction.
  private static final String COUNT_SHIPPED =
      """
      WITH part AS (
        SELECT (SELECT order_id FROM reservation WHERE order_id > $1
                ORDER BY order_id OFFSET $2 LIMIT 1) AS up_to
      ), line AS (
        SELECT line ->> 'sku' AS sku, (line ->> 'quantity')::bigint AS units
        FROM part, reservation, json_array_elements(lines) AS line
        WHERE status = 'SHIPPED' AND order_id > $1
          AND (part.up_to IS NULL OR order_id <= part.up_to)
      )
      SELECT sku, sum(shipped)::bigint AS shipped, sum(units)::bigint AS units,
             (SELECT up_to FROM part) AS up_to
      FROM (SELECT sku, shipped, 0 AS units FROM stock
            UNION ALL
            SELECT sku, 0, units FROM line) AS sides
      GROUP BY sku
      """;

  private static final String HELD =
      """
      SELECT order_id FROM reservation
      WHERE status = 'RESERVED' AND order_id > $1
        AND updated_at < now() - interval '15 seconds'
      ORDER BY order_id
      LIMIT $2
      """;

  private static final String STILL_HELD =
      """
      SELECT order_id FROM reservation
      WHERE order_id = ANY ($1) AND status = 'RESERVED'
      ORDER BY order_id
      LIMIT $2
      """;

  // A command that waits for its stock. The branch in doubt is reported by its own means.
  private static final String DEFERRED =
      """
      SELECT 'order ' || order_id || ': ' || split_part(type, '.', 4) || ' waits for '
             || array_to_string(skus, ', ')
      FROM deferred_command
      WHERE deferred_at < now() - interval '1 minute'
      ORDER BY position
      LIMIT $1
      """;

  /**
   * A range of reservations, counted.
   *
   * @param upTo the last reservation of the range; null if no later ones are left
   */
  public record ShippedPart(@Nullable UUID upTo, Map<String, Units> bySku) {}

  /**
   * Units of a SKU.
   *
   * @param shipped according to the stock, by all reservations
   * @param counted in these reservations
   */
  public record Units(long shipped, long counted) {}

  private final SqlClient client;

  public StockAuditQueries(SqlClient client) {
    this.client = client;
  }

  /** SKUs whose stock does not add up to the received quantity. */
  public Audit.Check unbalanced() {
    return Audit.Check.of("stock-unbalanced", client, UNBALANCED);
  }

  /** SKUs whose reserved stock differs from the sum of their reservations. */
  public Audit.Check notAsReserved() {
    return Audit.Check.of("stock-not-as-reserved", client, NOT_AS_RESERVED);
  }

  /** Commands that have been deferred for more than a minute. */
  public Audit.Check deferred() {
    return Audit.Check.of("commands-deferred", client, DEFERRED);
  }

  /** Counts the shipped units of the next reservations after the given one. */
  public Future<ShippedPart> countShipped(UUID after) {
    return client
        .preparedQuery(COUNT_SHIPPED)
        .execute(Tuple.of(after, SHIPPED_PER_QUERY))
        .map(StockAuditQueries::shippedPart);
  }

  /** A page of the orders after the given one that have held stock for at least 15 s. */
  public Future<List<UUID>> held(UUID after, long limit) {
    return orderIds(HELD, Tuple.of(after, limit));
  }

  /** Those of the given orders that hold stock now. */
  public Future<List<UUID>> stillHeld(Collection<UUID> orderIds, long limit) {
    return orderIds(STILL_HELD, Tuple.of(orderIds.toArray(UUID[]::new), limit));
  }

  private Future<List<UUID>> orderIds(String sql, Tuple parameters) {
    return client.preparedQuery(sql).execute(parameters).map(StockAuditQueries::orderIds);
  }

  private static List<UUID> orderIds(RowSet<Row> rows) {
    List<UUID> ids = new ArrayList<>(rows.size());
    rows.forEach(row -> ids.add(row.getUUID("order_id")));
    return ids;
  }

  private static ShippedPart shippedPart(RowSet<Row> rows) {
    Map<String, Units> bySku = new HashMap<>();
    UUID upTo = null;
    for (Row row : rows) {
      bySku.put(row.getString("sku"), new Units(row.getLong("shipped"), row.getLong("units")));
      upTo = row.getUUID("up_to");
    }
    return new ShippedPart(upTo, bySku);
  }
}
