package dev.converge.commitment;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.converge.commitment.postgres.CommitmentTables;
import dev.converge.platform.Part;
import dev.converge.testkit.TestPlatform;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/**
 * Three PostgreSQL servers with prepared transactions, the library's tables and a table of stocks:
 * {@code inventory} and {@code payment} for participants, {@code order} for a coordinator. Started
 * by the first test that asks, kept until the JVM ends.
 */
public final class TestServers {
  public static final String INVENTORY = "inventory";
  public static final String PAYMENT = "payment";
  public static final String ORDER = "order";

  private static final List<String> DOMAINS = List.of(INVENTORY, PAYMENT, ORDER);
  private static final Duration WITHIN = Duration.ofSeconds(30);

  private static final String STOCK =
      """
      CREATE TABLE stock (
          sku       text PRIMARY KEY,
          available int  NOT NULL CHECK (available >= 0),
          held      int  NOT NULL DEFAULT 0 CHECK (held >= 0)
      );
      GRANT SELECT, INSERT, UPDATE, DELETE
          ON stock, transaction_branch, transaction_precommit, transaction_decision,
             transaction_divergence TO %s_service;
      """;

  private final TestPlatform platform = TestPlatform.create(Map.of());
  private final Vertx vertx = Vertx.vertx();
  private final Map<String, Pool> pools;
  private final Map<String, Pool> working;

  private static final class Holder {
    private static final TestServers SHARED = new TestServers();
  }

  private TestServers() {
    platform.start(Part.INVENTORY_DB, Part.PAYMENT_DB, Part.ORDER_DB);
    for (String domain : DOMAINS) {
      execute(domain, "ALTER SYSTEM SET max_prepared_transactions = 64");
      execute(domain, "ALTER SYSTEM SET track_commit_timestamp = on");
      killAndRestart(domain);
      execute(domain, migration());
      execute(domain, STOCK.formatted(domain));
    }
    pools = Map.of(INVENTORY, pool(INVENTORY), PAYMENT, pool(PAYMENT), ORDER, pool(ORDER));
    working = Map.of(INVENTORY, pool(INVENTORY), PAYMENT, pool(PAYMENT));
  }

  public static TestServers shared() {
    return Holder.SHARED;
  }

  /** The library's tables. */
  static String migration() {
    return sql("/V001__transactions.sql")
        + sql("/V002__divergences.sql")
        + sql("/V003__decision_trace.sql");
  }

  private static String sql(String name) {
    try (InputStream sql =
        TestServers.class
            .getClassLoader()
            .getResourceAsStream(CommitmentTables.MIGRATIONS + name)) {
      if (sql == null) {
        throw new IllegalStateException("no migration " + name);
      }
      return new String(sql.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Vertx vertx() {
    return vertx;
  }

  /** Further connections of a service, for work that waits for other branches. */
  public Pool workingPoolOf(String domain) {
    return requireNonNull(working.get(domain));
  }

  /** The pool of a service, with its own role. */
  public Pool poolOf(String domain) {
    return requireNonNull(pools.get(domain));
  }

  private Pool pool(String domain) {
    return pool(domain, platform.platform().databaseName(domain));
  }

  /** A pool of another database, with the role of the service. */
  Pool pool(String domain, String database) {
    return PgBuilder.pool()
        .with(
            new PoolOptions()
                .setMaxSize(4)
                .setConnectionTimeout(3)
                .setConnectionTimeoutUnit(TimeUnit.SECONDS))
        .connectingTo(
            new PgConnectOptions()
                .setHost("127.0.0.1")
                .setPort(platform.platform().ports().of(part(domain)))
                .setDatabase(database)
                .setUser(domain + "_service")
                .setPassword(platform.platform().servicePassword())
                .setCachePreparedStatements(true)
                .setProperties(Map.of("statement_timeout", "10000", "lock_timeout", "5000")))
        .using(vertx)
        .build();
  }

  private static Part part(String domain) {
    return Part.of(domain + "-db");
  }

  /** Ends a server with SIGKILL. */
  public void kill(String domain) {
    platform.platform().kill(part(domain));
  }

  public void start(String domain) {
    platform.start(part(domain));
  }

  public void killAndRestart(String domain) {
    kill(domain);
    start(domain);
  }

  /** Ends every branch, and empties the tables but for a stock of ten apples in each database. */
  public void reset() {
    for (String domain : DOMAINS) {
      for (String gid : prepared(domain)) {
        execute(domain, "ROLLBACK PREPARED '" + gid + "'");
      }
      execute(
          domain,
          "TRUNCATE stock, transaction_branch, transaction_precommit, transaction_decision,"
              + " transaction_divergence;"
              + " INSERT INTO stock (sku, available) VALUES ('apple', 10)");
    }
  }

  /** The names of the prepared transactions. */
  public List<String> prepared(String domain) {
    String all =
        value(
            domain,
            "SELECT coalesce(string_agg(gid, ' '), '') FROM pg_prepared_xacts"
                + " WHERE database = current_database()");
    return all.isEmpty() ? List.of() : List.of(all.split(" ", -1));
  }

  public int available(String domain) {
    return Integer.parseInt(value(domain, "SELECT available FROM stock WHERE sku = 'apple'"));
  }

  /** A connection as superuser. */
  public Connection connect(String domain) throws SQLException {
    return platform.connect(domain);
  }

  /** Runs statements as superuser. */
  public void execute(String domain, String sql) {
    execute(domain, platform.platform().databaseName(domain), sql);
  }

  void execute(String domain, String database, String sql) {
    try (Connection connection = platform.platform().connect(domain, database);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  /** The first column of the first row, as text. */
  public String value(String domain, String query) {
    return value(domain, platform.platform().databaseName(domain), query);
  }

  String value(String domain, String database, String query) {
    try (Connection connection = platform.platform().connect(domain, database);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      if (!rows.next()) {
        throw new AssertionError("no row: " + query);
      }
      return String.valueOf(rows.getString(1));
    } catch (SQLException e) {
      throw new AssertionError(query, e);
    }
  }

  /** The result of a future. Throws its failure. */
  @CanIgnoreReturnValue
  public static <T> T await(Future<T> future) {
    try {
      return future.await(WITHIN.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("not complete within " + WITHIN, e);
    }
  }

  /** The failure of a future. */
  public static Throwable failure(Future<?> future) {
    return await(
        future.transform(
            done ->
                done.succeeded()
                    ? Future.failedFuture(new AssertionError("no failure: " + done.result()))
                    : Future.succeededFuture(done.cause())));
  }

  public static ConditionFactory await(String what) {
    return Awaitility.await(what).atMost(WITHIN).pollInterval(Duration.ofMillis(20));
  }
}
