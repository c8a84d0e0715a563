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

/** The stock and the wallet, each in a PostgreSQL server of its own. Closing ends both. */
final class TwoDatabases implements AutoCloseable {
  private static final int STOCK = 10;
  private static final int BALANCE = 1_000;

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
    try (Connection connection = platform.connect(domain);
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()")) {
      List<String> gids = new ArrayList<>();
      while (rows.next()) {
        gids.add(rows.getString(1));
      }
      return gids;
    }
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
