package dev.converge.order.postgres;

import dev.converge.service.audit.Audit;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The audit checks of orders and sagas; each finds the ids of orders. */
public final class SagaAudit {
  private static final String STUCK =
      "SELECT order_id::text FROM saga WHERE status = 'STUCK' ORDER BY order_id LIMIT $1";

  private static final String COUNT_STUCK =
      """
      SELECT count(*) AS sagas
      FROM (SELECT FROM saga WHERE status = 'STUCK' LIMIT $1) AS stuck
      """;

  private static final long MOST_COUNTED = 10_000;
  private static final long COUNTED_WITHIN_MS = 3_000;

  // Sagas are polled twice a second: a deadline that passed 15 s ago was missed.
  private static final String OVERDUE =
      """
      SELECT order_id::text FROM saga
      WHERE status IN ('RUNNING', 'COMPENSATING') AND deadline_at < now() - interval '15 seconds'
      ORDER BY order_id
      LIMIT $1
      """;

  // Both are written in one transaction, so a day of orders, by the time in their ids, is enough.
  // A left join is meant. But a service's sessions have enable_mergejoin off (SessionSettings), and
  // a left join would then look up each order by itself, which takes several times as long. For a
  // full join PostgreSQL has no nested loop, so that it merges the two indexes. The condition drops
  // the sagas without an order, whose o.order_id is null. The orders of other protocols have no
  // saga: the last condition reads their own index.
  private static final String WITHOUT_SAGA =
      """
      SELECT o.order_id::text
      FROM (SELECT order_id FROM placed_order
            WHERE order_id >= uuid_v7_floor(now() - interval '1 day')) AS o
      FULL JOIN (SELECT order_id FROM saga
                 WHERE order_id >= uuid_v7_floor(now() - interval '1 day')) AS s USING (order_id)
      WHERE s.order_id IS NULL
        AND NOT EXISTS (SELECT FROM placed_order AS ended
                        WHERE ended.order_id = o.order_id AND ended.protocol IS NOT NULL)
      ORDER BY o.order_id
      LIMIT $1
      """;

  private SagaAudit() {}

  /** Counts the sagas that wait for an operator, up to 10,000. Takes three seconds at most. */
  public static Future<Long> countStuck(SqlClient client) {
    return client
        .preparedQuery(COUNT_STUCK)
        .execute(Tuple.of(MOST_COUNTED))
        .timeout(COUNTED_WITHIN_MS, TimeUnit.MILLISECONDS)
        .map(rows -> rows.iterator().next().getLong("sagas"));
  }

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
