package dev.converge.inventory.postgres;

import dev.converge.faults.RowCounts;
import dev.converge.inventory.application.StockRepository;
import dev.converge.inventory.domain.StockItem;
import dev.converge.service.postgres.StoredRows;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;

/** The table {@code stock}. */
public final class PostgresStockRepository implements StockRepository {
  private static final String TABLE = "stock";

  private static final String LOCK =
      """
      SELECT sku, available, reserved, shipped FROM stock
      WHERE sku = ANY($1)
      ORDER BY sku
      FOR NO KEY UPDATE
      """;

  // Adds differences: an update without a lock cannot overwrite another one.
  private static final String SAVE =
      """
      UPDATE stock
      SET available = stock.available + change.available,
          reserved = stock.reserved + change.reserved,
          shipped = stock.shipped + change.shipped
      FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[])
           AS change (sku, available, reserved, shipped)
      WHERE stock.sku = change.sku
      """;

  private static final String FIND =
      "SELECT sku, available, reserved, shipped FROM stock WHERE sku = $1";

  private static final String LIST =
      """
      SELECT sku, available, reserved, shipped FROM stock
      WHERE sku > $1
      ORDER BY sku
      LIMIT $2
      """;

  // An existing row has an xmax, because the statement locked it. It waits a second for that lock,
  // less than the client of the request: then nothing is written after the client was refused.
  private static final String SET_AVAILABLE =
      """
      INSERT INTO stock (sku, available, received)
      SELECT $1::text, $2::bigint, $2::bigint FROM set_config('lock_timeout', '1s', true)
      ON CONFLICT (sku) DO UPDATE
      SET received = stock.received - stock.available + $2, available = $2
      RETURNING sku, available, reserved, shipped, xmax = 0 AS is_new
      """;

  // The xmax of the version that others see is the transaction that locks it.
  private static final String HOLDER =
      "SELECT gid FROM stock JOIN pg_prepared_xacts ON transaction = xmax WHERE sku = $1";

  @Override
  public Future<Map<String, StockItem>> lock(SqlConnection tx, SortedSet<String> skus) {
    if (skus.isEmpty()) {
      return Future.succeededFuture(Map.of());
    }
    return tx.preparedQuery(LOCK)
        .execute(Tuple.of(skus.toArray(String[]::new)))
        .map(rows -> bySku(rows, skus));
  }

  @Override
  public Future<Void> save(
      SqlConnection tx, Map<String, StockItem> before, Map<String, StockItem> now) {
    List<StockItem> changed =
        now.values().stream().filter(item -> !item.equals(before.get(item.sku()))).toList();
    if (changed.isEmpty()) {
      return Future.succeededFuture();
    }
    String[] skus = new String[changed.size()];
    Long[] available = new Long[changed.size()];
    Long[] reserved = new Long[changed.size()];
    Long[] shipped = new Long[changed.size()];
    for (int i = 0; i < skus.length; i++) {
      StockItem after = changed.get(i);
      StockItem locked = before.get(after.sku());
      if (locked == null) {
        throw new IllegalStateException("stock of " + after.sku() + " was not locked");
      }
      skus[i] = after.sku();
      available[i] = after.available() - locked.available();
      reserved[i] = after.reserved() - locked.reserved();
      shipped[i] = after.shipped() - locked.shipped();
    }
    return tx.preparedQuery(SAVE)
        .execute(Tuple.of(skus, available, reserved, shipped))
        .compose(rows -> RowCounts.expect(TABLE, rows.rowCount(), skus.length));
  }

  @Override
  public Future<Optional<StockItem>> find(SqlClient client, String sku) {
    return client
        .preparedQuery(FIND)
        .execute(Tuple.of(sku))
        .map(rows -> Optional.ofNullable(bySku(rows, List.of(sku)).get(sku)));
  }

  @Override
  public Future<List<StockItem>> list(SqlClient client, String after, int limit) {
    return client
        .preparedQuery(LIST)
        .execute(Tuple.of(after, limit))
        .map(rows -> StoredRows.list(TABLE, rows, PostgresStockRepository::fromRow));
  }

  @Override
  public Future<Stocked> setAvailable(SqlClient client, String sku, long available) {
    return client
        .preparedQuery(SET_AVAILABLE)
        .execute(Tuple.of(sku, available))
        .compose(
            rows -> RowCounts.expect(TABLE, rows.rowCount(), 1).map(written -> stocked(rows, sku)));
  }

  @Override
  public Future<Optional<String>> holder(SqlClient client, String sku) {
    return client
        .preparedQuery(HOLDER)
        .execute(Tuple.of(sku))
        .map(rows -> StoredRows.first(TABLE, rows, row -> row.getString("gid")));
  }

  private static Stocked stocked(RowSet<Row> rows, String sku) {
    StockItem item = bySku(rows, List.of(sku)).values().iterator().next();
    return new Stocked(item, rows.iterator().next().getBoolean("is_new"));
  }

  private static Map<String, StockItem> bySku(RowSet<Row> rows, Collection<String> asked) {
    return StoredRows.byKey(TABLE, rows, PostgresStockRepository::fromRow, StockItem::sku, asked);
  }

  private static StockItem fromRow(Row row) {
    return new StockItem(
        StoredRows.text("sku", row.getString("sku")),
        row.getLong("available"),
        row.getLong("reserved"),
        row.getLong("shipped"));
  }
}
