package dev.converge.order.postgres;

import dev.converge.service.Audit;
import io.vertx.sqlclient.SqlClient;
import java.util.List;

/** Questions to the tables of orders and sagas, each answered with the ids of orders. */
public final class SagaAudit {
  private static final String STUCK =
      "SELECT order_id::text FROM saga WHERE status = 'STUCK' ORDER BY order_id LIMIT $1";

  // Deadlines are looked for twice a second: one that passed a minute ago was not acted on.
  private static final String OVERDUE =
      """
      SELECT order_id::text FROM saga
      WHERE status IN ('RUNNING', 'COMPENSATING') AND deadline_at < now() - interval '15 seconds'
      ORDER BY order_id
      LIMIT $1
      """;

  // Both are written in one transaction, so a day of orders, by the time in their ids, is enough.
  // A full join is a merge of two indexes; any other would look up each order by itself, which
  // takes several times as long.
  private static final String WITHOUT_SAGA =
      """
      SELECT o.order_id::text
      FROM (SELECT order_id FROM placed_order
            WHERE order_id >= uuid_v7_floor(now() - interval '1 day')) AS o
      FULL JOIN (SELECT order_id FROM saga
                 WHERE order_id >= uuid_v7_floor(now() - interval '1 day')) AS s USING (order_id)
      WHERE s.order_id IS NULL
      ORDER BY o.order_id
      LIMIT $1
      """;

  private SagaAudit() {}

  /**
   * Sagas that wait for an operator, sagas whose deadline has passed without effect, and orders of
   * the last day that no saga moves.
   */
  public static List<Audit.Check> checks(SqlClient client) {
    return List.of(
        Audit.Check.of("sagas-stuck", client, STUCK),
        Audit.Check.of("sagas-overdue", client, OVERDUE),
        Audit.Check.of("orders-without-saga", client, WITHOUT_SAGA));
  }
}
