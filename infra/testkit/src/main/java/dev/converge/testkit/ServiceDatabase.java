package dev.converge.testkit;

import dev.converge.platform.Part;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Runs one service's database for tests of its SQL and handlers: a real PostgreSQL with the
 * service's migrations and its role. Starts it once per JVM, in seconds, without the platform. Kept
 * until the JVM ends.
 *
 * <p>The migrations are read from the service's jar, so that its module must be packaged: use it in
 * integration tests ({@code *IT}).
 */
public final class ServiceDatabase {
  private static final Map<String, ServiceDatabase> STARTED = new TreeMap<>();

  private final String domain;
  private final TestPlatform platform;
  private final Part part;

  private ServiceDatabase(String domain) {
    this.domain = domain;
    this.part = Part.of(domain + "-db");
    this.platform = TestPlatform.create(Map.of());
  }

  /** The database of {@code order}, {@code inventory} or {@code payment}. */
  public static synchronized ServiceDatabase of(String domain) {
    return STARTED.computeIfAbsent(domain, ServiceDatabase::start);
  }

  private static ServiceDatabase start(String domain) {
    ServiceDatabase database = new ServiceDatabase(domain);
    // For tests of branches in doubt: its server can prepare transactions.
    database.platform.platform().enableProtocols();
    database.platform.platform().startWithTables(database.part);
    return database;
  }

  /**
   * The variables by which the service finds its database, with its own role: {@code
   * DatabaseConfig.from(new Env(environment()), …)} reads them.
   */
  public Map<String, String> environment() {
    return Map.of(
        "PGHOST", "127.0.0.1",
        "PGPORT", String.valueOf(platform.platform().ports().of(part)),
        "PGDATABASE", platform.platform().databaseName(domain),
        "PGUSER", domain + "_service",
        "PGPASSWORD", platform.platform().servicePassword());
  }

  /** Empties tables. */
  public void truncate(String... tables) {
    execute("TRUNCATE " + String.join(", ", tables));
  }

  /** Runs a statement as superuser, to prepare a test. */
  public void execute(String sql) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  /** The first column of the first row, as text. */
  public @Nullable String value(String query) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      if (!rows.next()) {
        throw new AssertionError("no row: " + query);
      }
      return rows.getString(1);
    } catch (SQLException e) {
      throw new AssertionError(query, e);
    }
  }

  /** A connection as superuser. */
  public Connection connect() throws SQLException {
    return platform.connect(domain);
  }
}
