package dev.converge.system;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.testkit.TestPlatform;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.awaitility.Awaitility;

/** One truth over three databases: what must hold once nothing is under way. */
final class Convergence {
  private final TestPlatform platform;

  Convergence(TestPlatform platform) {
    this.platform = platform;
  }

  /** Waits until every order has ended and every message sent has been handled. */
  void await(Duration within) {
    Awaitility.await("quiescence")
        .atMost(within)
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(
            () -> {
              assertThat(strings("order", "SELECT order_id FROM orders WHERE status = 'PENDING'"))
                  .as("orders under way")
                  .isEmpty();
              assertMessagesHandledOnce();
            });
  }

  /** Asserts everything. */
  void assertHolds() {
    assertSagasMatchOrders();
    assertStockAddsUp();
    assertMoneyAddsUp();
    assertMessagesHandledOnce();
    assertSequencesHaveNoGap();
    for (String domain : List.of("order", "inventory", "payment")) {
      assertThat(strings(domain, "SELECT reason FROM dead_letter"))
          .as("dead letters of " + domain)
          .isEmpty();
    }
  }

  /**
   * Asserts that orders, sagas, timelines and published ends agree. The status of an order is
   * computed from its saga, so the two are compared with what was written apart: the saga's log and
   * the event that tells of the order's end.
   */
  void assertSagasMatchOrders() {
    assertThat(
            strings(
                "order",
                """
                SELECT coalesce('order without a saga: ' || o.order_id,
                                'saga without an order: ' || s.order_id)
                FROM placed_order o FULL JOIN saga s USING (order_id)
                WHERE o.order_id IS NULL OR s.order_id IS NULL
                """))
        .as("orders and sagas without one another")
        .isEmpty();
    assertThat(
            strings(
                "order",
                """
                SELECT o.order_id || ' is ' || o.status
                       || ', published: ' || coalesce(string_agg(e.type, ', '), 'no end')
                FROM orders o
                LEFT JOIN (SELECT DISTINCT id, aggregateid, type FROM outbox
                           WHERE aggregatetype = 'order.events') AS e
                       ON e.aggregateid = o.order_id::text
                GROUP BY o.order_id, o.status
                HAVING coalesce(string_agg(e.type, ', '), '')
                       <> CASE o.status WHEN 'COMPLETED' THEN 'dev.converge.order.OrderCompleted.v1'
                                        WHEN 'REJECTED' THEN 'dev.converge.order.OrderRejected.v1'
                                        WHEN 'CANCELLED' THEN 'dev.converge.order.OrderCancelled.v1'
                                        ELSE 'an end' END
                """))
        .as("orders that have not ended, or whose end was not published once")
        .isEmpty();
    assertThat(
            strings(
                "order",
                """
                SELECT s.order_id || ' is ' || s.status || ' ' || s.step || ' at ' || s.version
                       || ', its timeline has ' || l.entries || ' up to ' || l.last
                FROM saga s
                LEFT JOIN (SELECT order_id, count(*) AS entries, max(version) AS last
                           FROM saga_log GROUP BY order_id) AS l USING (order_id)
                LEFT JOIN saga_log e ON e.order_id = s.order_id AND e.version = l.last
                WHERE (s.version, s.version, s.status, s.step)
                      IS DISTINCT FROM (l.entries, l.last, e.status, e.step)
                """))
        .as("sagas that differ from the end of their timeline")
        .isEmpty();
  }

  private void assertStockAddsUp() {
    Map<String, Long> shouldBeShipped =
        longs(
            "order",
            """
            SELECT line->>'sku', sum((line->>'quantity')::bigint)
            FROM orders, jsonb_array_elements(lines) AS line
            WHERE status = 'COMPLETED' GROUP BY 1
            """);
    Map<String, Long> shipped =
        longs("inventory", "SELECT sku, shipped FROM stock WHERE shipped > 0");
    assertThat(shipped).as("units shipped, by SKU").isEqualTo(shouldBeShipped);
    assertThat(longs("inventory", "SELECT sku, reserved FROM stock WHERE reserved <> 0"))
        .as("stock still set aside")
        .isEmpty();
    assertThat(
            longs(
                "inventory",
                "SELECT sku, received FROM stock WHERE available + reserved + shipped <> received"))
        .as("stock that does not add up")
        .isEmpty();
  }

  private void assertMoneyAddsUp() {
    Map<String, Long> due =
        longs("order", "SELECT order_id::text, total_minor FROM orders WHERE status = 'COMPLETED'");
    assertThat(
            longs(
                "payment",
                "SELECT key::text, amount_minor FROM provider.charge WHERE status = 'CHARGED'"))
        .as("money the provider holds, by order")
        .isEqualTo(due);
    assertThat(
            longs(
                "payment",
                "SELECT order_id::text, amount_minor FROM payment WHERE status = 'CHARGED'"))
        .as("money we say we hold, by order")
        .isEqualTo(due);
  }

  private void assertMessagesHandledOnce() {
    Set<String> commandsToInventory = sent("order", "inventory.commands");
    Set<String> commandsToPayment = sent("order", "payment.commands");
    Set<String> replies = sent("inventory", "order.replies");
    replies.addAll(sent("payment", "order.replies"));
    assertThat(handled("inventory")).as("handled by inventory").isEqualTo(commandsToInventory);
    assertThat(handled("payment")).as("handled by payment").isEqualTo(commandsToPayment);
    assertThat(handled("order")).as("handled by order").isEqualTo(replies);
  }

  private Set<String> sent(String domain, String topic) {
    return new TreeSet<>(
        strings(domain, "SELECT id::text FROM outbox WHERE aggregatetype = '" + topic + "'"));
  }

  private Set<String> handled(String domain) {
    return new TreeSet<>(strings(domain, "SELECT message_id::text FROM inbox"));
  }

  /** Where nothing was lost, no audit has found anything missing. */
  void assertNothingWasPublishedAgain() {
    for (String domain : List.of("order", "inventory", "payment")) {
      assertThat(strings(domain, "SELECT message_id::text FROM outbox_republication"))
          .as("published again by " + domain)
          .isEmpty();
    }
  }

  private void assertSequencesHaveNoGap() {
    for (String domain : List.of("order", "inventory", "payment")) {
      assertThat(
              strings(
                  domain,
                  """
                  SELECT aggregateid
                  FROM (SELECT aggregateid, sequence, id, count(*) AS times
                        FROM outbox GROUP BY aggregateid, sequence, id) AS message
                  LEFT JOIN (SELECT message_id, count(*) AS copies
                             FROM outbox_republication GROUP BY message_id) AS mark
                         ON message_id = id
                  GROUP BY aggregateid
                  HAVING max(sequence) <> count(*)
                      OR count(DISTINCT sequence) <> count(*)
                      OR bool_or(times <> 1 + coalesce(copies, 0))
                  """))
          .as("aggregates of " + domain + " with a gap in their sequence")
          .isEmpty();
    }
  }

  List<String> strings(String domain, String sql) {
    List<String> values = new ArrayList<>();
    try (Connection connection = platform.connect(domain);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
      return values;
    } catch (SQLException e) {
      throw new IllegalStateException(domain + ": " + sql, e);
    }
  }

  void update(String domain, String sql) {
    try (Connection connection = platform.connect(domain);
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(domain + ": " + sql, e);
    }
  }

  Map<String, Long> longs(String domain, String sql) {
    Map<String, Long> values = new TreeMap<>();
    try (Connection connection = platform.connect(domain);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        values.put(rows.getString(1), rows.getLong(2));
      }
      return values;
    } catch (SQLException e) {
      throw new IllegalStateException(domain + ": " + sql, e);
    }
  }
}
