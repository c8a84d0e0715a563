package dev.converge.commitment;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;

/** Takes a quantity of a stock. */
public final class StockWork implements BranchWork, TriedWork {
  /** A request for a number of apples. */
  public static JsonObject apples(int quantity) {
    return new JsonObject().put("sku", "apple").put("quantity", quantity);
  }

  @Override
  public void check(GlobalId id, JsonObject request) {}

  @Override
  public Future<Optional<String>> holder(SqlClient client, GlobalId id, JsonObject request) {
    return client
        .query("SELECT gid FROM stock JOIN pg_prepared_xacts ON transaction = xmax")
        .execute()
        .map(
            rows ->
                rows.size() == 0
                    ? Optional.empty()
                    : Optional.of(rows.iterator().next().getString("gid")));
  }

  @Override
  public Future<Void> execute(SqlConnection tx, GlobalId id, JsonObject request) {
    return changed(
        tx,
        "UPDATE stock SET available = available - $2 WHERE sku = $1 AND available >= $2",
        request);
  }

  @Override
  public Future<Void> reserve(SqlConnection tx, GlobalId id, JsonObject request) {
    return changed(
        tx,
        """
        UPDATE stock SET available = available - $2, held = held + $2
         WHERE sku = $1 AND available >= $2
        """,
        request);
  }

  @Override
  public Future<Void> confirm(SqlConnection tx, GlobalId id, JsonObject request) {
    return changed(tx, "UPDATE stock SET held = held - $2 WHERE sku = $1", request);
  }

  @Override
  public Future<Void> cancel(SqlConnection tx, GlobalId id, JsonObject request) {
    return changed(
        tx,
        "UPDATE stock SET available = available + $2, held = held - $2 WHERE sku = $1",
        request);
  }

  private static Future<Void> changed(SqlConnection tx, String sql, JsonObject request) {
    return tx.preparedQuery(sql)
        .execute(Tuple.of(request.getString("sku"), request.getInteger("quantity")))
        .compose(
            rows ->
                rows.rowCount() == 1
                    ? Future.succeededFuture()
                    : Future.failedFuture(new RefusedException("OUT_OF_STOCK")));
  }
}
