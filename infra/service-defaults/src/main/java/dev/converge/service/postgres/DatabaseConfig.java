package dev.converge.service.postgres;

import dev.converge.service.runtime.Env;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.ClientBuilder;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A service's connections to its database.
 *
 * @param applicationName distinguishes the connections of instances in the server's views
 */
public record DatabaseConfig(Login login, String applicationName, Pools pools) {
  /** The database, and the account that the service uses. */
  public record Login(String host, int port, String database, String user, String password) {}

  /**
   * The bounds of the pools.
   *
   * @param size connections for orders, messages and maintenance
   * @param readSize connections for reads of the API
   * @param maxWaiting requests that may wait for a connection of a pool; more are refused
   */
  public record Pools(int size, int readSize, int maxWaiting) {}

  private static final int TRANSACTION_SIZE = 8;

  private static final long STATEMENT_WITHIN_MS = 3_000;

  private static final int CONNECT_TIMEOUT_MS = 2_000;

  // The pool closes unused connections first. The socket's timeout is longer, because a statement
  // takes up to ten seconds. So it closes only connections on which the server does not answer.
  private static final int UNUSED_SECONDS = 20;
  private static final int SILENT_SECONDS = 30;

  /** Reads libpq's variables: PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD. */
  public static DatabaseConfig from(Env env, String database, String user) {
    return new DatabaseConfig(
        new Login(
            env.text("PGHOST", "127.0.0.1"),
            env.integer("PGPORT", 5432, 1, 65_535),
            env.text("PGDATABASE", database),
            env.text("PGUSER", user),
            env.text("PGPASSWORD", "")),
        env.text("INSTANCE_ID", user),
        new Pools(
            env.integer("PG_POOL_SIZE", 8, 1, 100),
            env.integer("PG_READ_POOL_SIZE", 4, 1, 100),
            env.integer("PG_POOL_MAX_WAITING", 1_000, 0, 10_000)));
  }

  /**
   * Adds the timeout of a client's request to a statement, including the wait for a connection. A
   * database that hangs refuses no connection and never answers.
   */
  public static <T> Future<T> inTime(Future<T> statement) {
    return statement.timeout(STATEMENT_WITHIN_MS, TimeUnit.MILLISECONDS);
  }

  /** A pool that connects on first use, so that a service starts without its database. */
  public Pool pool(Vertx vertx) {
    return pool(vertx, login.database(), pools.size());
  }

  /**
   * A pool for reads of the API. Under many requests for pages, orders, messages and {@code
   * /readyz} do not wait for a connection.
   */
  public Pool readPool(Vertx vertx) {
    return pool(vertx, login.database() + "-reads", pools.readSize());
  }

  /** A pool for reads of the API at this node, beside those at another. */
  public Pool readPool(Vertx vertx, String node) {
    return pool(vertx, login.database() + "-reads-" + node, pools.readSize());
  }

  /** The same database at another node. */
  public DatabaseConfig at(String host, int port) {
    return new DatabaseConfig(
        new Login(host, port, login.database(), login.user(), login.password()),
        applicationName,
        pools);
  }

  /**
   * A pool of one connection.
   *
   * @param settings of its session, beside or instead of those that all sessions have
   */
  public Pool singlePool(Vertx vertx, String purpose, Map<String, String> settings) {
    Map<String, String> all = SessionSettings.of(applicationName);
    all.putAll(settings);
    return pool(vertx, login.database() + "-" + purpose, 1, all);
  }

  /** A pool for one kind of statements of transactions by protocols other than the saga. */
  public Pool transactionPool(Vertx vertx, String purpose) {
    return pool(vertx, login.database() + "-transactions-" + purpose, TRANSACTION_SIZE);
  }

  /**
   * A pool of one connection, for a lock that its session holds. The server ends the session once
   * nothing was heard of this process for a while, and frees the lock.
   */
  public Pool lockPool(Vertx vertx, Duration silence) {
    Map<String, String> settings = SessionSettings.of(applicationName);
    settings.put("idle_session_timeout", Long.toString(silence.toMillis()));
    return pool(vertx, login.database() + "-lock", 1, settings);
  }

  private Pool pool(Vertx vertx, String name, int size) {
    return pool(vertx, name, size, SessionSettings.of(applicationName));
  }

  private Pool pool(Vertx vertx, String name, int size, Map<String, String> settings) {
    PgConnectOptions connect =
        new PgConnectOptions()
            .setHost(login.host())
            .setPort(login.port())
            .setDatabase(login.database())
            .setUser(login.user())
            .setPassword(login.password())
            .setCachePreparedStatements(true)
            .setProperties(settings);
    PoolOptions options =
        new PoolOptions()
            .setMaxSize(size)
            .setMaxWaitQueueSize(pools.maxWaiting())
            .setConnectionTimeout(3)
            .setConnectionTimeoutUnit(TimeUnit.SECONDS)
            .setIdleTimeout(UNUSED_SECONDS)
            .setIdleTimeoutUnit(TimeUnit.SECONDS)
            .setShared(true)
            .setName(name);
    NetClientOptions socket =
        new NetClientOptions()
            .setConnectTimeout(CONNECT_TIMEOUT_MS)
            .setTcpKeepAlive(true)
            .setReadIdleTimeout(SILENT_SECONDS)
            .setIdleTimeoutUnit(TimeUnit.SECONDS);
    AbandonedConnections abandoned =
        new AbandonedConnections(size, TimeUnit.SECONDS.toNanos(SILENT_SECONDS));
    return new RenewingPool(
        ClientBuilder.pool(new BoundedLogins(abandoned))
            .with(options)
            .with(socket)
            .connectingTo(connect)
            .using(vertx)
            .build(),
        size,
        abandoned);
  }
}
