package dev.converge.commitment.example;

import dev.converge.commitment.*;
import io.vertx.core.*;
import io.vertx.core.json.*;
import io.vertx.sqlclient.*;

/** Takes a quantity of a stock. The branch of the library's README. */
public final class TakeStock implements BranchWork {
  @Override
  public Future<Void> execute(SqlConnection tx, GlobalId id, JsonObject request) {
    return tx.preparedQuery(
            "UPDATE stock SET available = available - $2 WHERE sku = $1 AND available >= $2")
        .execute(Tuple.of(request.getString("sku"), request.getInteger("quantity")))
        .compose(
            rows ->
                rows.rowCount() == 1
                    ? Future.succeededFuture()
                    : Future.failedFuture(new RefusedException("OUT_OF_STOCK")));
  }
}
