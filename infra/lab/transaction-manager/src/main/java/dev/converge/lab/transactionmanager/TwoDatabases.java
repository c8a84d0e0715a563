package dev.converge.lab.transactionmanager;

import dev.converge.lab.transactionmanager.Observation.Both;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The stock and the wallet, each in a PostgreSQL server of its own. Closing ends both. */
final class TwoDatabases implements AutoCloseable {
  private static final int STOCK = 10;
  private static final int BALANCE = 1_000;
  private static final long PLENTY = 1_000_000;

  private static final String STOCK_DOMAIN = "inventory";
  private static final String WALLET_DOMAIN = "payment";
  private static final Map<String, Part> PARTS =
      Map.of(STOCK_DOMAIN, Part.INVENTORY_DB, WALLET_DOMAIN, Part.PAYMENT_DB);

  private final Platform platform;
  private final Thread closer = new Thread(this::end, "two-databases");

  TwoDatabases(Platform platform) {
    this.platform = platform;
    Runtime.getRuntime().addShutdownHook(closer);
  }

  /** Starts both, with room for prepared transactions. */
  void start() throws SQLException {
    for (Part part : PARTS.values()) {
      platform.start(part);
    }
    for (String domain : PARTS.keySet()) {
      execute(domain, "ALTER SYSTEM SET max_prepared_transactions = 64");
    }
    for (Part part : PARTS.values()) {
      platform.stop(part);
      platform.start(part);
    }
    table(STOCK_DOMAIN, "lab_stock (available integer NOT NULL CHECK (available >= 0))");
    table(WALLET_DOMAIN, "lab_wallet (balance_minor integer NOT NULL CHECK (balance_minor >= 0))");
  }

  private void table(String domain, String definition) throws SQLException {
    execute(domain, "CREATE TABLE " + definition);
    execute(
        domain,
        "GRANT SELECT, INSERT, UPDATE, DELETE ON "
            + definition.substring(0, definition.indexOf(' '))
            + " TO "
            + role(domain));
  }

  /** Creates many items and wallets, and the purchases that each database has, by their ids. */
  void createForLoad(int items, int wallets) throws SQLException {
    table(STOCK_DOMAIN, "lab_item (item integer PRIMARY KEY, available integer NOT NULL)");
    table(STOCK_DOMAIN, "lab_shipped (id text PRIMARY KEY)");
    table(WALLET_DOMAIN, "lab_balance (wallet integer PRIMARY KEY, balance_minor bigint NOT NULL)");
    table(WALLET_DOMAIN, "lab_paid (id text PRIMARY KEY)");
    execute(
        STOCK_DOMAIN,
        "INSERT INTO lab_item SELECT n, " + PLENTY + " FROM generate_series(0, " + items + ") n");
    execute(
        WALLET_DOMAIN,
        "INSERT INTO lab_balance SELECT n, "
            + PLENTY
            + " FROM generate_series(0, "
            + wallets
            + ") n");
  }

  /** The ids of the purchases that have taken stock. */
  Set<String> shipped() throws SQLException {
    return Set.copyOf(texts(STOCK_DOMAIN, "SELECT id FROM lab_shipped"));
  }

  /** The ids of the purchases that have taken money. */
  Set<String> paid() throws SQLException {
    return Set.copyOf(texts(WALLET_DOMAIN, "SELECT id FROM lab_paid"));
  }

  /** Whether stock and money that are gone are those of the purchases. */
  boolean sumsAreExact() throws SQLException {
    return number(
                STOCK_DOMAIN,
                "SELECT (SELECT sum("
                    + PLENTY
                    + " - available) FROM lab_item) - (SELECT count(*) FROM lab_shipped)")
            == 0
        && number(
                WALLET_DOMAIN,
                "SELECT (SELECT sum("
                    + PLENTY
                    + " - balance_minor) FROM lab_balance) - (SELECT "
                    + Checkout.PRICE
                    + " * count(*) FROM lab_paid)")
            == 0;
  }

  /** One product and one wallet, as at the beginning; no branch is prepared afterwards. */
  void reset() throws SQLException {
    for (String domain : PARTS.keySet()) {
      for (String gid : prepared(domain)) {
        execute(domain, "ROLLBACK PREPARED '" + gid + "'");
      }
    }
    execute(STOCK_DOMAIN, "DELETE FROM lab_stock");
    execute(STOCK_DOMAIN, "INSERT INTO lab_stock VALUES (" + STOCK + ")");
    execute(WALLET_DOMAIN, "DELETE FROM lab_wallet");
    execute(WALLET_DOMAIN, "INSERT INTO lab_wallet VALUES (" + BALANCE + ")");
  }

  XaDatabase stock() {
    return xa(STOCK_DOMAIN);
  }

  XaDatabase wallet() {
    return xa(WALLET_DOMAIN);
  }

  private XaDatabase xa(String domain) {
    return new XaDatabase(
        domain,
        platform.ports().of(part(domain)),
        platform.databaseName(domain),
        role(domain),
        platform.servicePassword());
  }

  private static String role(String domain) {
    return domain + "_service";
  }

  private static Part part(String domain) {
    Part part = PARTS.get(domain);
    if (part == null) {
      throw new IllegalArgumentException(domain);
    }
    return part;
  }

  void killWalletDatabase() {
    platform.kill(Part.PAYMENT_DB);
  }

  void pauseWalletDatabase() {
    platform.pause(Part.PAYMENT_DB);
  }

  void resumeWalletDatabase() {
    platform.resume(Part.PAYMENT_DB);
  }

  void startWalletDatabase() {
    platform.start(Part.PAYMENT_DB);
  }

  /** Ends the process of the server that serves the checkout's connection to the wallet. */
  int terminateWalletBackend() throws SQLException {
    return number(
        WALLET_DOMAIN,
        """
        SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
         WHERE application_name = 'checkout'
        """);
  }

  /** The stock and the money that the checkout has taken. */
  Both taken() throws SQLException {
    return new Both(
        STOCK - number(STOCK_DOMAIN, "SELECT available FROM lab_stock"),
        BALANCE - number(WALLET_DOMAIN, "SELECT balance_minor FROM lab_wallet"));
  }

  /** How many branches are prepared. */
  Both prepared() throws SQLException {
    return new Both(prepared(STOCK_DOMAIN).size(), prepared(WALLET_DOMAIN).size());
  }

  private List<String> prepared(String domain) throws SQLException {
    return texts(
        domain, "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()");
  }

  private List<String> texts(String domain, String query) throws SQLException {
    try (Connection connection = platform.connect(domain);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      List<String> texts = new ArrayList<>();
      while (rows.next()) {
        texts.add(rows.getString(1));
      }
      return texts;
    }
  }

  /** A superuser's connection to one of the databases: 0 is stock, 1 is wallets. */
  Connection connect(int database) throws SQLException {
    return platform.connect(database == 0 ? STOCK_DOMAIN : WALLET_DOMAIN);
  }

  private int number(String domain, String query) throws SQLException {
    try (Connection connection = platform.connect(domain);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      if (!rows.next()) {
        throw new SQLException("no row: " + query);
      }
      return rows.getInt(1);
    }
  }

  private void execute(String domain, String sql) throws SQLException {
    try (Connection connection = platform.connect(domain);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(closer);
    end();
  }

  private void end() {
    PARTS.values().forEach(platform::kill);
  }
}
