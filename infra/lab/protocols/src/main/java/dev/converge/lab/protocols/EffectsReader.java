package dev.converge.lab.protocols;

import dev.converge.lab.protocols.FinalState.Sums;
import dev.converge.platform.Platform;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the effects of a protocol's orders, and when they were committed. */
final class EffectsReader {
  private static final String MICROS = "(extract(epoch FROM %s) * 1000000)::bigint";

  // The order of a saga is complete with its saga's last update; that of the others with itself.
  private static final String COMPLETED =
      """
      SELECT p.order_id::text, %s
      FROM placed_order p JOIN orders o USING (order_id) LEFT JOIN saga s USING (order_id)
      WHERE o.status = 'COMPLETED' AND starts_with(p.lines->0->>'sku', ?)
      """
          .formatted(
              MICROS.formatted(
                  "greatest(pg_xact_commit_timestamp(p.xmin), pg_xact_commit_timestamp(s.xmin))"));
  private static final String SHIPPED =
      """
      SELECT order_id::text, %s FROM reservation
      WHERE status = 'SHIPPED' AND starts_with(lines->0->>'sku', ?)
      """
          .formatted(MICROS.formatted("pg_xact_commit_timestamp(xmin)"));
  private static final String PAID =
      """
      SELECT c.key::text, %s
      FROM provider.charge c JOIN payment p ON p.order_id = c.key
      WHERE c.status = 'CHARGED' AND starts_with(p.token, ?)
      """
          .formatted(MICROS.formatted("pg_xact_commit_timestamp(c.xmin)"));
  private static final String STOCK =
      """
      SELECT coalesce(sum(received), 0), coalesce(sum(available), 0), coalesce(sum(reserved), 0),
             coalesce(sum(shipped), 0)
      FROM stock WHERE starts_with(sku, ?)
      """;
  private static final String MONEY =
      """
      SELECT coalesce(sum(deposited_minor), 0), coalesce(sum(balance_minor), 0),
             coalesce(sum(held_minor), 0)
      FROM provider.wallet WHERE starts_with(token, ?)
      """;
  private static final String KEYS =
      """
      SELECT k.key, k.order_id::text
      FROM idempotency_key k JOIN placed_order p USING (order_id)
      WHERE starts_with(p.lines->0->>'sku', ?)
      """;
  private static final String OPEN_SAGAS = "SELECT count(*) FROM saga WHERE ended_at IS NULL";

  // A branch's row is inserted when its transaction begins, and appears when it commits.
  private static final String COMMITTED_BRANCHES =
      """
      SELECT r.lines->0->>'sku', %s, %s
      FROM transaction_branch b
      JOIN reservation r ON r.order_id = split_part(b.gid, '.', 2)::uuid
      WHERE b.state = 'COMMITTED' AND starts_with(b.gid, ?)
        AND pg_xact_commit_timestamp(b.xmin) >= to_timestamp(? / 1000000.0)
        AND b.at >= to_timestamp(? / 1000000.0) AND b.at < to_timestamp(? / 1000000.0)
      """
          .formatted(
              MICROS.formatted("b.at"), MICROS.formatted("pg_xact_commit_timestamp(b.xmin)"));
  private static final String IN_DOUBT =
      """
      SELECT count(*) FROM pg_prepared_xacts
      WHERE database = current_database() AND starts_with(gid, ?)
      """;

  // The hot row has its locker as xmax. Only a branch that will stay in doubt for a while.
  private static final String HOT_ROW_IN_DOUBT =
      """
      SELECT count(*)
      FROM stock s JOIN pg_prepared_xacts p ON p.transaction = s.xmax
      WHERE s.sku = ? AND starts_with(p.gid, ?)
        AND clock_timestamp() - p.prepared < interval '200 ms'
      """;
  private static final String HOT_ROW_FREE =
      """
      SELECT count(*)
      FROM (SELECT 1 FROM stock WHERE sku = ? FOR UPDATE SKIP LOCKED) AS free
      """;
  private static final String TRIED =
      "SELECT count(*) FROM transaction_branch WHERE state = 'TRIED' AND starts_with(gid, ?)";

  private final Platform platform;

  EffectsReader(Platform platform) {
    this.platform = platform;
  }

  /** Every order of the protocol that has an effect, by its id. */
  Map<String, OrderEffects> orders(CommitProtocol protocol) throws SQLException {
    String items = OrderSource.itemPrefix(protocol);
    Map<String, Long> completed = times("order", COMPLETED, items);
    Map<String, Long> shipped = times("inventory", SHIPPED, items);
    Map<String, Long> paid = times("payment", PAID, OrderSource.walletPrefix(protocol));
    Set<String> ids = new LinkedHashSet<>(completed.keySet());
    ids.addAll(shipped.keySet());
    ids.addAll(paid.keySet());
    Map<String, OrderEffects> orders = new HashMap<>();
    for (String id : ids) {
      orders.put(id, new OrderEffects(id, completed.get(id), shipped.get(id), paid.get(id)));
    }
    return orders;
  }

  /**
   * The sums over the items and wallets of a protocol.
   *
   * @param completed orders that are complete, of one unit each
   */
  Sums sums(CommitProtocol protocol, long completed) throws SQLException {
    return sumsOf(OrderSource.itemPrefix(protocol), OrderSource.walletPrefix(protocol))
        .withOrders(completed, completed * OrderSource.PRICE_MINOR);
  }

  /** The sums over the items and wallets whose names begin like this. */
  Sums sumsOf(String items, String wallets) throws SQLException {
    long[] stock = numbers("inventory", STOCK, 4, items);
    long[] money = numbers("payment", MONEY, 3, wallets);
    return new Sums(stock[0], stock[1], stock[2], stock[3], 0, money[0], money[1], money[2], 0);
  }

  /** The prepared transactions that began between two moments and have committed, in inventory. */
  List<LockHolds.Branch> committedBranches(
      CommitProtocol protocol, long sinceMicros, long untilMicros) throws SQLException {
    List<LockHolds.Branch> branches = new ArrayList<>();
    if (protocol.preparesBranches()) {
      rows(
          "inventory",
          COMMITTED_BRANCHES,
          row ->
              branches.add(new LockHolds.Branch(row.getString(1), row.getLong(2), row.getLong(3))),
          protocol.id() + ".",
          sinceMicros,
          sinceMicros,
          untilMicros);
    }
    return branches;
  }

  /** The order of each key that is stored with one. */
  Map<String, String> orderIds(CommitProtocol protocol) throws SQLException {
    Map<String, String> ids = new HashMap<>();
    rows(
        "order",
        KEYS,
        row -> ids.put(row.getString(1), row.getString(2)),
        OrderSource.itemPrefix(protocol));
    return ids;
  }

  /** Branches of a protocol that wait for a decision, in one database. */
  int inDoubt(CommitProtocol protocol, String domain) throws SQLException {
    if (!protocol.isCoordinated()) {
      return 0;
    }
    String prefix = protocol.id() + ".";
    boolean tries = protocol == CommitProtocol.TCC && !domain.equals("order");
    return (int)
        (numbers(domain, IN_DOUBT, 1, prefix)[0]
            + (tries ? numbers(domain, TRIED, 1, prefix)[0] : 0));
  }

  /** Whether a branch that has just voted keeps others from the row of the hot item. */
  boolean isHotRowInDoubt(CommitProtocol protocol) throws SQLException {
    return numbers(
            "inventory", HOT_ROW_IN_DOUBT, 1, OrderSource.hotItem(protocol), protocol.id() + ".")[0]
        > 0;
  }

  /** Whether a writer gets the row of the hot item. */
  boolean isHotRowFree(CommitProtocol protocol) throws SQLException {
    return numbers("inventory", HOT_ROW_FREE, 1, OrderSource.hotItem(protocol))[0] > 0;
  }

  long openSagas() throws SQLException {
    return numbers("order", OPEN_SAGAS, 1)[0];
  }

  private Map<String, Long> times(String domain, String sql, String prefix) throws SQLException {
    Map<String, Long> times = new HashMap<>();
    rows(domain, sql, row -> times.put(row.getString(1), row.getLong(2)), prefix);
    return times;
  }

  private long[] numbers(String domain, String sql, int columns, Object... values)
      throws SQLException {
    long[] numbers = new long[columns];
    rows(
        domain,
        sql,
        row -> {
          for (int at = 0; at < columns; at++) {
            numbers[at] = row.getLong(at + 1);
          }
        },
        values);
    return numbers;
  }

  @FunctionalInterface
  private interface RowReader {
    void read(ResultSet row) throws SQLException;
  }

  private void rows(String domain, String sql, RowReader each, Object... values)
      throws SQLException {
    try (Connection connection = platform.connect(domain);
        PreparedStatement query = connection.prepareStatement(sql)) {
      for (int at = 0; at < values.length; at++) {
        query.setObject(at + 1, values[at]);
      }
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          each.read(rows);
        }
      }
    }
  }
}
