package dev.converge.inventory.postgres;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Stock of which more or less was shipped than its reservations say. What is shipped stays so, and
 * is counted once: a hundred thousand reservations at a time, in the order of their ids, until only
 * the newest are left, which are counted each time. Where the count is not what the stock says, all
 * is counted again, and what then differs by as much is told, and is told on while it differs: an
 * old reservation may have been shipped late, or while it was counted.
 */
final class ShippedStock {
  private static final long AT_A_TIME = 100_000;
  private static final int MOST = 100;
  private static final long GO_ON_FOR_NANOS = TimeUnit.SECONDS.toNanos(3);
  private static final UUID BEGIN = new UUID(0, 0);

  // One statement sees one moment: a command changes both sides in one transaction.
  private static final String COUNT =
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

  /**
   * Some reservations, counted.
   *
   * @param upTo the last of them; null where no later ones are left
   */
  record Part(@Nullable UUID upTo, Map<String, Units> bySku) {}

  /**
   * Units of a SKU.
   *
   * @param shipped as the stock says, of all reservations
   * @param counted in these reservations
   */
  record Units(long shipped, long counted) {}

  private final Function<UUID, Future<Part>> count;
  private final Map<String, Long> countedBefore = new HashMap<>();
  private UUID cursor = BEGIN;
  private Map<String, Long> suspected = Map.of();
  private Map<String, Long> found = Map.of();

  ShippedStock(SqlClient client) {
    this(
        after ->
            client
                .preparedQuery(COUNT)
                .execute(Tuple.of(after, AT_A_TIME))
                .map(ShippedStock::part));
  }

  /**
   * @param count counts the reservations after one of them
   */
  ShippedStock(Function<UUID, Future<Part>> count) {
    this.count = count;
  }

  private static Part part(RowSet<Row> rows) {
    Map<String, Units> bySku = new HashMap<>();
    UUID upTo = null;
    for (Row row : rows) {
      bySku.put(row.getString("sku"), new Units(row.getLong("shipped"), row.getLong("units")));
      upTo = row.getUUID("up_to");
    }
    return new Part(upTo, bySku);
  }

  /**
   * The SKUs that were found amiss when all had been counted the last time. Counts for some
   * seconds, and goes on with the next look.
   */
  Future<List<String>> look() {
    return look(System.nanoTime());
  }

  private Future<List<String>> look(long begunNanos) {
    return count.apply(cursor).compose(part -> counted(part, begunNanos));
  }

  private Future<List<String>> counted(Part part, long begunNanos) {
    UUID upTo = part.upTo();
    boolean all = upTo == null;
    if (upTo == null) {
      compare(part);
    } else {
      part.bySku().forEach((sku, units) -> countedBefore.merge(sku, units.counted(), Long::sum));
      cursor = upTo;
    }
    boolean done = all && suspected.size() == found.size();
    boolean timeIsUp = System.nanoTime() - begunNanos > GO_ON_FOR_NANOS;
    return done || timeIsUp ? Future.succeededFuture(cases()) : look(begunNanos);
  }

  private List<String> cases() {
    return found.entrySet().stream()
        .limit(MOST)
        .map(each -> "%s: %+d against the reservations".formatted(each.getKey(), each.getValue()))
        .toList();
  }

  private void compare(Part last) {
    Map<String, Long> differs = new TreeMap<>();
    last.bySku()
        .forEach(
            (sku, units) -> {
              long counted = units.counted() + countedBefore.getOrDefault(sku, 0L);
              if (units.shipped() != counted) {
                differs.put(sku, units.shipped() - counted);
              }
            });
    boolean ofOneMoment = cursor.equals(BEGIN);
    Map<String, Long> told = new TreeMap<>(differs);
    told.entrySet()
        .removeIf(
            each ->
                !ofOneMoment
                    && !found.containsKey(each.getKey())
                    && !each.getValue().equals(suspected.get(each.getKey())));
    found = told;
    suspected = differs;
    if (!differs.isEmpty()) {
      countedBefore.clear();
      cursor = BEGIN;
    }
  }
}
