package dev.converge.payment.provider;

import dev.converge.faults.RowCounts;
import dev.converge.service.postgres.StoredRows;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The wallets at the simulated provider: money that was deposited before it is spent. Each method
 * runs in the transaction of its caller.
 */
public final class Wallets {
  /** The tokens of wallets. */
  public static final Pattern TOKEN = Pattern.compile("tok_wallet[A-Za-z0-9_]{0,54}");

  private static final String TABLE = "provider.wallet";

  private static final String FIND =
      """
      SELECT token, currency, balance_minor, held_minor, spent_minor, deposited_minor
      FROM provider.wallet WHERE token = $1
      """;

  // The difference counts as deposited. No row: another currency, or too much in all. A row that
  // existed has an xmax, because the statement locked it. It waits a second for that lock, less
  // than
  // the client of the request: then nothing is written after the client was refused.
  private static final String SET =
      """
      INSERT INTO provider.wallet AS wallet (token, currency, balance_minor, deposited_minor)
      SELECT $1::text, $2::text, $3::bigint, $3::bigint
      FROM set_config('lock_timeout', '1s', true)
      ON CONFLICT (token) DO UPDATE
      SET balance_minor = $3, deposited_minor = wallet.held_minor + wallet.spent_minor + $3
      WHERE wallet.currency = $2 AND wallet.held_minor + wallet.spent_minor + $3 <= $4
      RETURNING token, currency, balance_minor, held_minor, spent_minor, deposited_minor,
                xmax = 0 AS is_new
      """;

  // The xmax of the version that others see is the transaction that locks it.
  private static final String HOLDER =
      """
      SELECT gid FROM provider.wallet JOIN pg_prepared_xacts ON transaction = xmax WHERE token = $1
      """;

  private static final String SPEND =
      """
      UPDATE provider.wallet
      SET balance_minor = balance_minor - $3, spent_minor = spent_minor + $3
      WHERE token = $1 AND currency = $2 AND balance_minor >= $3
      """;

  private static final String HOLD =
      """
      UPDATE provider.wallet
      SET balance_minor = balance_minor - $3, held_minor = held_minor + $3
      WHERE token = $1 AND currency = $2 AND balance_minor >= $3
      """;

  private static final String SPEND_HELD =
      """
      UPDATE provider.wallet
      SET held_minor = held_minor - $3, spent_minor = spent_minor + $3
      WHERE token = $1 AND currency = $2 AND held_minor >= $3
      """;

  private static final String RELEASE =
      """
      UPDATE provider.wallet
      SET held_minor = held_minor - $3, balance_minor = balance_minor + $3
      WHERE token = $1 AND currency = $2 AND held_minor >= $3
      """;

  // Only charges of wallets that still hold their money: those of cards are refunded before. The
  // wallets are locked in the order of their tokens, as the charges of a group lock them.
  private static final String REFUND =
      """
      WITH refunded AS (
        UPDATE provider.charge SET status = 'REFUNDED'
        WHERE key = ANY ($1) AND status = 'CHARGED' AND wallet IS NOT NULL
        RETURNING wallet, amount_minor
      ), of_wallet AS (
        SELECT wallet, sum(amount_minor)::bigint AS amount_minor FROM refunded GROUP BY wallet
      ), locked AS (
        SELECT token FROM provider.wallet WHERE token IN (SELECT wallet FROM of_wallet)
        ORDER BY token
        FOR NO KEY UPDATE
      ), returned AS (
        UPDATE provider.wallet AS wallet
        SET balance_minor = wallet.balance_minor + of_wallet.amount_minor,
            spent_minor = wallet.spent_minor - of_wallet.amount_minor
        FROM locked JOIN of_wallet ON of_wallet.wallet = locked.token
        WHERE wallet.token = locked.token
        RETURNING wallet.token
      )
      SELECT (SELECT count(*) FROM of_wallet)::int AS expected,
             (SELECT count(*) FROM returned)::int AS returned
      """;

  private static final String CHARGED =
      """
      INSERT INTO provider.charge (key, status, amount_minor, currency, wallet)
      VALUES ($1, 'CHARGED', $2, $3, $4)
      """;

  /**
   * A wallet.
   *
   * @param balanceMinor available
   * @param heldMinor reserved for payments that are not decided
   * @param spentMinor taken by charges
   * @param depositedMinor the sum of the three
   */
  public record Wallet(
      String token,
      String currency,
      long balanceMinor,
      long heldMinor,
      long spentMinor,
      long depositedMinor) {
    boolean covers(Amount amount) {
      return currency.equals(amount.currency()) && balanceMinor >= amount.minor();
    }
  }

  /** A wallet whose balance was set. */
  public record Deposited(Wallet wallet, boolean isNew) {}

  /** Money of one wallet. */
  public record Amount(String token, String currency, long minor) {
    private Tuple values() {
      return Tuple.of(token, currency, minor);
    }
  }

  /** Whether a token is that of a wallet. */
  public static boolean isWallet(String token) {
    return TOKEN.matcher(token).matches();
  }

  /** The wallet of a token. */
  public Future<Optional<Wallet>> find(SqlClient client, String token) {
    return client
        .preparedQuery(FIND)
        .execute(Tuple.of(token))
        .map(rows -> StoredRows.byKey(TABLE, rows, Wallets::fromRow, Wallet::token, List.of(token)))
        .map(found -> Optional.ofNullable(found.get(token)));
  }

  /**
   * Sets the balance of a wallet, and creates it if there is none.
   *
   * @param most that may be deposited in all
   * @return empty if the wallet has another currency, or too much would be deposited
   */
  public Future<Optional<Deposited>> set(SqlClient client, Amount balance, long most) {
    return client
        .preparedQuery(SET)
        .execute(balance.values().addLong(most))
        .map(rows -> deposited(rows, balance.token()));
  }

  /** The prepared transaction that has locked the row of a wallet; empty if none has. */
  public Future<Optional<String>> holder(SqlClient client, String token) {
    return client
        .preparedQuery(HOLDER)
        .execute(Tuple.of(token))
        .map(rows -> StoredRows.first(TABLE, rows, row -> row.getString("gid")));
  }

  /** Takes money for a charge; false if the wallet does not cover it. */
  Future<Boolean> spend(SqlConnection tx, Amount amount) {
    return take(tx, SPEND, amount);
  }

  /** Takes money, and records the charge of an order; false if the wallet does not cover it. */
  public Future<Boolean> charge(SqlConnection tx, UUID key, Amount amount) {
    return spend(tx, amount)
        .compose(
            covered ->
                covered ? recordCharge(tx, key, amount).map(true) : Future.succeededFuture(false));
  }

  /** Holds money; false if the wallet does not cover it. */
  public Future<Boolean> hold(SqlConnection tx, Amount amount) {
    return take(tx, HOLD, amount);
  }

  /** Takes money that was held, and records the charge of an order. */
  public Future<Void> chargeHeld(SqlConnection tx, UUID key, Amount amount) {
    return change(tx, SPEND_HELD, amount)
        .compose(taken -> RowCounts.expect(TABLE, taken ? 1 : 0, 1))
        .compose(taken -> recordCharge(tx, key, amount));
  }

  /** Gives back money that was held. */
  public Future<Void> release(SqlConnection tx, Amount amount) {
    return change(tx, RELEASE, amount)
        .compose(released -> RowCounts.expect(TABLE, released ? 1 : 0, 1));
  }

  /** Refunds those of the charges that were taken from wallets and not refunded. */
  Future<Void> refund(SqlConnection tx, UUID[] keys) {
    return tx.preparedQuery(REFUND)
        .execute(Tuple.of((Object) keys))
        .map(rows -> rows.iterator().next())
        .compose(
            row -> RowCounts.expect(TABLE, row.getInteger("returned"), row.getInteger("expected")));
  }

  // No row was written: the wallet does not cover the amount. Otherwise it is a fault.
  private Future<Boolean> take(SqlConnection tx, String sql, Amount amount) {
    return change(tx, sql, amount)
        .compose(taken -> taken ? Future.succeededFuture(true) : again(tx, sql, amount));
  }

  // Another transaction may have given money back since: then the second attempt succeeds.
  private Future<Boolean> again(SqlConnection tx, String sql, Amount amount) {
    return find(tx, amount.token())
        .map(wallet -> wallet.filter(found -> found.covers(amount)).isPresent())
        .compose(covers -> covers ? change(tx, sql, amount) : Future.succeededFuture(false))
        .compose(taken -> taken ? Future.succeededFuture(true) : refused(tx, amount));
  }

  private Future<Boolean> refused(SqlConnection tx, Amount amount) {
    return find(tx, amount.token())
        .map(wallet -> wallet.filter(found -> found.covers(amount)).isPresent())
        .compose(covers -> RowCounts.expect(TABLE, 0, covers ? 1 : 0))
        .map(false);
  }

  private static Future<Boolean> change(SqlConnection tx, String sql, Amount amount) {
    return tx.preparedQuery(sql).execute(amount.values()).map(rows -> rows.rowCount() == 1);
  }

  private static Future<Void> recordCharge(SqlConnection tx, UUID key, Amount amount) {
    return tx.preparedQuery(CHARGED)
        .execute(Tuple.of(key, amount.minor(), amount.currency(), amount.token()))
        .compose(rows -> RowCounts.expect("provider.charge", rows.rowCount(), 1));
  }

  private static Optional<Deposited> deposited(RowSet<Row> rows, String token) {
    return Optional.ofNullable(
            StoredRows.byKey(TABLE, rows, Wallets::fromRow, Wallet::token, List.of(token))
                .get(token))
        .map(wallet -> new Deposited(wallet, rows.iterator().next().getBoolean("is_new")));
  }

  private static Wallet fromRow(Row row) {
    return new Wallet(
        StoredRows.text("token", row.getString("token")),
        StoredRows.text("currency", row.getString("currency")),
        row.getLong("balance_minor"),
        row.getLong("held_minor"),
        row.getLong("spent_minor"),
        row.getLong("deposited_minor"));
  }
}
