package dev.converge.lab.checker;

import dev.converge.lab.checker.Observations.Balance;
import dev.converge.lab.checker.RunLog.SlotSample;
import dev.converge.lab.checker.RunLog.StockSample;
import dev.converge.platform.Platform;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Samples of a platform while it runs: stock, balances and slots. */
final class LiveSamples {
  // Each is one statement, and so sees one moment: a command changes both sides in one transaction.
  private static final String STOCK_BALANCES =
      """
      SELECT sku, sum(reserved)::bigint, sum(held)::bigint, sum(shipped)::bigint, sum(gone)::bigint
      FROM (SELECT sku, reserved, 0 AS held, shipped, 0 AS gone FROM stock
            UNION ALL
            SELECT line ->> 'sku',
                   0, CASE status WHEN 'RESERVED' THEN (line ->> 'quantity')::bigint ELSE 0 END,
                   0, CASE status WHEN 'SHIPPED' THEN (line ->> 'quantity')::bigint ELSE 0 END
            FROM reservation, json_array_elements(lines) AS line
            WHERE status IN ('RESERVED', 'SHIPPED')) AS sides
      GROUP BY sku
      """;
  // The provider commits first, so its money is ours already, or a call about it is in progress.
  private static final String MONEY_BALANCE =
      """
      SELECT coalesce(sum(c.amount_minor) FILTER (WHERE c.status = 'CHARGED'), 0)::bigint,
             (coalesce(sum(p.amount_minor) FILTER (WHERE p.status = 'CHARGED'), 0)
              + coalesce(sum(c.amount_minor) FILTER (WHERE c.status = 'CHARGED'
                    AND p.status IN ('CHARGING', 'VOIDING', 'REFUNDING')), 0))::bigint
      FROM provider.charge c FULL JOIN payment p ON p.order_id = c.key
      """;
  private static final String SLOT =
      """
      SELECT coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint,
             coalesce(wal_status, 'lost')
      FROM pg_replication_slots WHERE slot_name = 'outbox'
      """;

  private final Platform platform;

  LiveSamples(Platform platform) {
    this.platform = platform;
  }

  /** The stock as it is now, of one moment. */
  List<StockSample> stock() throws SQLException {
    List<StockSample> samples = new ArrayList<>();
    long now = now();
    try (Connection connection = platform.connect("inventory")) {
      Rows.rows(
          connection,
          BookReader.STOCK,
          row -> samples.add(new StockSample(now, BookReader.stockRow(row))));
    }
    return samples;
  }

  /** Sums of one moment over stock and reservations, which must be the same. */
  List<Balance> stockBalances() throws SQLException {
    List<Balance> balances = new ArrayList<>();
    long now = now();
    try (Connection connection = platform.connect("inventory")) {
      Rows.rows(
          connection,
          STOCK_BALANCES,
          row -> {
            String sku = Rows.text(row, 1);
            balances.add(
                new Balance(now, (sku + " reserved").intern(), row.getLong(2), row.getLong(3)));
            balances.add(
                new Balance(now, (sku + " shipped").intern(), row.getLong(4), row.getLong(5)));
          });
    }
    return balances;
  }

  /** Sums of one moment over payments and the provider's ledger, which must be the same. */
  List<Balance> moneyBalance() throws SQLException {
    List<Balance> balances = new ArrayList<>();
    long now = now();
    try (Connection connection = platform.connect("payment")) {
      Rows.rows(
          connection,
          MONEY_BALANCE,
          row -> balances.add(new Balance(now, "money", row.getLong(1), row.getLong(2))));
    }
    return balances;
  }

  /** The log that a database's slot retains now. */
  SlotSample slot(String domain) throws SQLException {
    List<SlotSample> samples = new ArrayList<>();
    try (Connection connection = platform.connect(domain)) {
      Rows.rows(
          connection,
          SLOT,
          row -> samples.add(new SlotSample(now(), domain, row.getLong(1), Rows.text(row, 2))));
    }
    // The time of the answer: a slot that the lab drops while this connects is absent, too.
    return samples.isEmpty() ? new SlotSample(now(), domain, 0, "absent") : samples.get(0);
  }

  private static long now() {
    return TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
  }
}
