package dev.converge.payment.postgres;

import dev.converge.payment.domain.OrderTotals.Total;
import dev.converge.service.audit.Audit;
import dev.converge.service.postgres.DatabaseConfig;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The queries of the audit's checks. */
public final class PaymentAuditQueries {
  // Only this statement reads the provider's ledger together with our payments: it represents the
  // statement of account that a real provider sends. A payment whose call is in flight is left out.
  // The full join also finds a charge without a payment.
  private static final String NOT_AS_PROVIDER =
      """
      SELECT coalesce(p.order_id, c.key)::text
      FROM (SELECT order_id, status, amount_minor, currency FROM payment
            WHERE order_id >= uuid_v7_floor(now() - interval '1 day')) AS p
      FULL JOIN (SELECT key, status, amount_minor, currency FROM provider.charge
                 WHERE key >= uuid_v7_floor(now() - interval '1 day')) AS c ON c.key = p.order_id
      WHERE coalesce(p.status, 'NONE') IN ('CHARGED', 'DECLINED', 'REFUNDED', 'NONE')
        AND (CASE WHEN p.status = 'CHARGED' THEN p.amount_minor ELSE 0 END
             <> CASE WHEN c.status = 'CHARGED' THEN c.amount_minor ELSE 0 END
             OR (p.status = 'CHARGED' AND c.currency <> p.currency))
      ORDER BY 1
      LIMIT $1
      """;

  // A failed call is repeated within 10 s, and due payments are claimed twice a second.
  private static final String AWAITING_PROVIDER =
      """
      SELECT order_id::text FROM payment
      WHERE status IN ('CHARGING', 'VOIDING', 'REFUNDING')
        AND (attempts >= 10 OR next_attempt_at < now() - interval '1 minute')
      ORDER BY order_id
      LIMIT $1
      """;

  // One statement has one snapshot: a charge and its wallet change in one transaction.
  private static final String WALLETS_NOT_AS_CHARGED =
      """
      SELECT coalesce(w.token, c.wallet)
      FROM (SELECT token, spent_minor FROM provider.wallet) AS w
      FULL JOIN (SELECT wallet, sum(amount_minor) AS charged_minor FROM provider.charge
                 WHERE wallet IS NOT NULL AND status = 'CHARGED' GROUP BY wallet) AS c
        ON c.wallet = w.token
      WHERE coalesce(w.spent_minor, 0) <> coalesce(c.charged_minor, 0)
      ORDER BY 1
      LIMIT $1
      """;

  private static final String NOW = "SELECT (extract(epoch FROM now()) * 1000)::bigint AS millis";

  // Excluded orders are subtracted by primary key: a NOT IN would take rows times exclusions.
  private static final String CHARGED =
      """
      SELECT currency, sum(sign)::bigint AS payments, sum(sign * amount_minor) AS sum_minor,
             sum(sign * (amount_minor % 2147483647 + 1)
                 * ((get_byte(uuid_send(order_id), 13) << 16)
                    | (get_byte(uuid_send(order_id), 14) << 8)
                    | get_byte(uuid_send(order_id), 15))) AS checksum,
             (SELECT order_id FROM payment
              WHERE order_id >= $1 AND order_id < $2 AND status = 'CHARGED'
                AND order_id <> ALL ($3)
              ORDER BY order_id LIMIT 1) AS first_charged
      FROM (SELECT order_id, currency, amount_minor, 1 AS sign FROM payment
            WHERE order_id >= $1 AND order_id < $2 AND status = 'CHARGED'
            UNION ALL
            SELECT order_id, currency, amount_minor, -1 FROM payment
            WHERE order_id = ANY ($3) AND status = 'CHARGED') AS charged
      GROUP BY currency
      HAVING sum(sign) <> 0
      """;

  /**
   * The charged payments of a range of orders.
   *
   * @param byCurrency their totals
   * @param first the lowest order id among them
   */
  public record Charged(Map<String, Total> byCurrency, Optional<UUID> first) {}

  private final SqlClient client;

  public PaymentAuditQueries(SqlClient client) {
    this.client = client;
  }

  /** Payments of the last day that differ from the provider's ledger. */
  public Audit.Check notAsProvider() {
    return Audit.Check.of("payments-not-as-provider", client, NOT_AS_PROVIDER);
  }

  /** Payments whose calls keep failing or are not made. */
  public Audit.Check awaitingProvider() {
    return Audit.Check.of("payments-awaiting-provider", client, AWAITING_PROVIDER);
  }

  /** Wallets that have spent another amount than was charged to them. */
  public Audit.Check walletsNotAsCharged() {
    return Audit.Check.of("wallets-not-as-charged", client, WALLETS_NOT_AS_CHARGED);
  }

  /** The database's clock, in milliseconds since 1970. The clock of this process may be wrong. */
  public Future<Long> nowMillis() {
    return DatabaseConfig.inTime(client.query(NOW).execute())
        .map(rows -> rows.iterator().next().getLong("millis"));
  }

  /**
   * The charged payments of a range of orders, its end excluded.
   *
   * @param except orders of the range to leave out
   */
  public Future<Charged> charged(UUID from, UUID before, List<UUID> except) {
    return DatabaseConfig.inTime(
            client
                .preparedQuery(CHARGED)
                .execute(Tuple.of(from, before, except.toArray(UUID[]::new))))
        .map(PaymentAuditQueries::charged);
  }

  private static Charged charged(RowSet<Row> rows) {
    Map<String, Total> byCurrency = new HashMap<>();
    Optional<UUID> first = Optional.empty();
    for (Row row : rows) {
      BigInteger sum = row.getBigDecimal("sum_minor").toBigIntegerExact();
      BigInteger checksum = row.getBigDecimal("checksum").toBigIntegerExact();
      byCurrency.put(row.getString("currency"), new Total(row.getLong("payments"), sum, checksum));
      first = Optional.of(row.getUUID("first_charged"));
    }
    return new Charged(byCurrency, first);
  }
}
