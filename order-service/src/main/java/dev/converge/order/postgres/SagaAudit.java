package dev.converge.order.postgres;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;

/** Questions to the tables of orders and sagas, each answered with the ids of orders. */
public final class SagaAudit {
  private static final String STUCK =
      "SELECT order_id::text FROM saga WHERE status = 'STUCK' ORDER BY order_id LIMIT $1";

  // Deadlines are looked for twice a second: one that passed a minute ago was not acted on.
  private static final String OVERDUE =
      """
      SELECT order_id::text FROM saga
      WHERE status IN ('RUNNING', 'COMPENSATING') AND deadline_at < now() - interval '1 minute'
      ORDER BY order_id
      LIMIT $1
      """;

  // Both are written in one transaction, so a day of orders, by the time in their ids, is enough.
  private static final String WITHOUT_SAGA =
      """
      SELECT o.order_id::text FROM placed_order o
      WHERE o.order_id >= uuid_v7_floor(now() - interval '1 day')
        AND NOT EXISTS (SELECT FROM saga s WHERE s.order_id = o.order_id)
      ORDER BY o.order_id
      LIMIT $1
      """;

  /** Sagas that wait for an operator. */
  public Future<List<String>> stuck(SqlClient client, int most) {
    return ids(client, STUCK, most);
  }

  /** Sagas whose deadline has passed without effect. */
  public Future<List<String>> overdue(SqlClient client, int most) {
    return ids(client, OVERDUE, most);
  }

  /** Orders of the last day that no saga moves. */
  public Future<List<String>> ordersWithoutSaga(SqlClient client, int most) {
    return ids(client, WITHOUT_SAGA, most);
  }

  private static Future<List<String>> ids(SqlClient client, String sql, int most) {
    return client
        .preparedQuery(sql)
        .execute(Tuple.of((long) most))
        .map(
            rows -> {
              List<String> ids = new ArrayList<>();
              rows.forEach(row -> ids.add(row.getString(0)));
              return ids;
            });
  }
}
