package dev.converge.inventory.application;

import dev.converge.inventory.domain.StockItem;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;

/** The stock items. */
public interface StockRepository {
  /**
   * The result of setting stock.
   *
   * @param isNew whether the SKU is new
   */
  record Stocked(StockItem item, boolean isNew) {}

  /** Locks items until the transaction ends, in the order of their SKUs. */
  Future<Map<String, StockItem>> lock(SqlConnection tx, SortedSet<String> skus);

  /**
   * Writes the items that changed.
   *
   * @param before the items as they were locked
   */
  Future<Void> save(SqlConnection tx, Map<String, StockItem> before, Map<String, StockItem> now);

  Future<Optional<StockItem>> find(SqlClient client, String sku);

  /** A page of items after a SKU, in the order of SKUs. */
  Future<List<StockItem>> list(SqlClient client, String after, int limit);

  /** Sets the available units. The difference counts as received. */
  Future<Stocked> setAvailable(SqlClient client, String sku, long available);

  /** The prepared transaction that locks the row of one of the SKUs, if there is one. */
  Future<Optional<String>> holder(SqlClient client, Collection<String> skus);

  /** Those of the SKUs whose rows a prepared transaction has locked. */
  Future<Set<String>> held(SqlClient client, Collection<String> skus);

  /** Makes this transaction wait for each lock only briefly, from its next statement on. */
  Future<Void> waitBriefly(SqlConnection tx);
}
