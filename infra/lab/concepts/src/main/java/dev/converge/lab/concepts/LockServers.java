package dev.converge.lab.concepts;

import dev.converge.lab.ChildProcess;
import dev.converge.lab.links.LinkProxy;
import dev.converge.lab.links.LinkProxy.Mode;
import dev.converge.platform.Layout;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import dev.converge.platform.Ports;
import dev.converge.platform.Role;
import dev.converge.platform.Scale;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import redis.embedded.RedisServer;
import redis.embedded.core.ExecutableProvider;

/**
 * The servers that hold locks, the prices, and the links by which one of the holders reaches them.
 * Closing it ends them.
 */
final class LockServers implements AutoCloseable {
  static final int REDIS_SERVERS = 5;

  private static final String DOMAIN = "inventory";
  private static final List<Part> QUORUM = Scale.SMALLEST.nodes(Role.ZOOKEEPER);
  private static final long STARTS_WITHIN_SECONDS = 120;
  private static final int PRICES = 10;

  private final Platform platform;
  private final Path folder;
  private final Thread closer = new Thread(this::end, "lock-servers");
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final List<RedisServer> redis = new ArrayList<>();
  private final List<LinkProxy> toLocks = new ArrayList<>();
  private @Nullable LockAccess direct;
  private @Nullable LockAccess linked;
  private @Nullable LinkProxy toPrices;

  private LockServers(Platform platform, Path folder) {
    this.platform = platform;
    this.folder = folder;
    Runtime.getRuntime().addShutdownHook(closer);
  }

  /** Prices that the last write left, of each table. */
  record Prices(int plain, int fenced) {}

  /** Starts what these locks need, on free ports. */
  static LockServers start(Layout layout, Set<LockKind> kinds)
      throws IOException, SQLException, InterruptedException {
    Platform platform = new Platform(layout, Ports.free(), Map.of());
    platform.forget();
    Files.createDirectories(layout.state());
    LockServers servers =
        new LockServers(platform, Files.createTempDirectory(layout.state(), "run-"));
    try {
      servers.startAll(kinds);
      return servers;
    } catch (IOException | SQLException | RuntimeException failed) {
      servers.close();
      throw failed;
    }
  }

  private void startAll(Set<LockKind> kinds)
      throws IOException, SQLException, InterruptedException {
    List<Part> parts = new ArrayList<>(List.of(Part.INVENTORY_DB));
    if (kinds.contains(LockKind.ZOOKEEPER)) {
      platform.enableProtocols();
      parts.addAll(QUORUM);
    }
    startTogether(parts);
    createTables();
    int redisServers =
        kinds.contains(LockKind.REDLOCK) ? REDIS_SERVERS : kinds.contains(LockKind.REDIS) ? 1 : 0;
    List<Integer> redisPorts = startRedis(redisServers);
    List<Integer> zooKeeperPorts =
        parts.stream().filter(QUORUM::contains).map(part -> platform.ports().of(part)).toList();
    int database = platform.ports().of(Part.INVENTORY_DB);
    LockAccess access =
        new LockAccess(
            database,
            database,
            platform.databaseName(DOMAIN),
            DOMAIN + "_service",
            zooKeeperPorts,
            redisPorts,
            folder.resolve("nightly.lock").toString());
    LinkProxy priceLink = LinkProxy.to(vertx, database);
    direct = access;
    toPrices = priceLink;
    linked =
        new LockAccess(
            link(database),
            priceLink.port(),
            access.database(),
            access.user(),
            zooKeeperPorts.stream().map(this::link).toList(),
            redisPorts.stream().map(this::link).toList(),
            access.file());
  }

  private int link(int port) {
    LinkProxy link = LinkProxy.to(vertx, port);
    toLocks.add(link);
    return link.port();
  }

  // A node of the quorum is ready only when another one is.
  private void startTogether(List<Part> parts) throws InterruptedException {
    ExecutorService starters = Executors.newFixedThreadPool(parts.size());
    try {
      List<Future<?>> started = new ArrayList<>();
      for (Part part : parts) {
        started.add(starters.submit(() -> platform.start(part)));
      }
      for (Future<?> one : started) {
        one.get(STARTS_WITHIN_SECONDS, TimeUnit.SECONDS);
      }
    } catch (ExecutionException | TimeoutException failed) {
      throw new IllegalStateException("a server does not start", failed);
    } finally {
      starters.shutdownNow();
    }
  }

  private List<Integer> startRedis(int count) throws IOException {
    List<Integer> ports = new ArrayList<>();
    ExecutableProvider program =
        ExecutableProvider.newJarResourceProvider(
            Files.createDirectories(folder.resolve("redis")).toFile());
    for (int at = 0; at < count; at++) {
      int port = freePort();
      RedisServer server =
          RedisServer.newRedisServer()
              .executableProvider(program)
              .port(port)
              .bind("127.0.0.1")
              .setting("save \"\"")
              .setting("appendonly no")
              .build();
      server.start();
      redis.add(server);
      ports.add(port);
    }
    return ports;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void createTables() throws SQLException {
    execute(
        """
        CREATE TABLE price_plain (sku integer PRIMARY KEY, price_minor integer NOT NULL);
        CREATE TABLE price_fenced (
          sku integer PRIMARY KEY, price_minor integer NOT NULL, fence bigint NOT NULL);
        INSERT INTO price_plain SELECT n, 0 FROM generate_series(1, %1$d) n;
        INSERT INTO price_fenced SELECT n, 0, 0 FROM generate_series(1, %1$d) n;
        CREATE TABLE lock_lease (
          holder text NOT NULL, token bigint NOT NULL, expires_at timestamptz NOT NULL);
        INSERT INTO lock_lease VALUES ('', 0, '-infinity');
        CREATE SEQUENCE lock_token;
        GRANT SELECT, UPDATE ON price_plain, price_fenced, lock_lease TO inventory_service;
        GRANT USAGE ON SEQUENCE lock_token TO inventory_service;
        """
            .formatted(PRICES));
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = platform.connect(DOMAIN);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Begins with prices of 0, and a fence that every token passes. */
  void resetPrices() throws SQLException {
    execute("UPDATE price_plain SET price_minor = 0");
    execute("UPDATE price_fenced SET price_minor = 0, fence = 0");
  }

  Prices prices() throws SQLException {
    try (Connection connection = platform.connect(DOMAIN);
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                """
                SELECT (SELECT max(price_minor) FROM price_plain),
                       (SELECT max(price_minor) FROM price_fenced)
                """)) {
      if (!rows.next()) {
        throw new SQLException("no row");
      }
      return new Prices(rows.getInt(1), rows.getInt(2));
    }
  }

  /** Starts a holder; one behind links can be cut off. */
  ChildProcess holder(LockKind kind, String name, long leaseMillis, boolean behindLinks)
      throws IOException {
    List<String> arguments = new ArrayList<>(List.of(kind.name(), name, "" + leaseMillis));
    arguments.addAll(Objects.requireNonNull(behindLinks ? linked : direct).arguments());
    return ChildProcess.start(
        LockHolder.class,
        arguments,
        Map.of(LockHolder.PASSWORD, platform.servicePassword()),
        folder.resolve(kind + "-" + name + ".log"));
  }

  /** Cuts the links to the locks, and delays the link to the prices by that much. */
  void cut(long delayMillis) throws TimeoutException {
    toLocks.forEach(link -> link.set(Mode.HALF_OPEN));
    Objects.requireNonNull(toPrices).delay(delayMillis, 1);
    awaitLinks();
  }

  // Links change on their event loop: without this a write could pass before its link is slow.
  private void awaitLinks() throws TimeoutException {
    Promise<Void> changed = Promise.promise();
    vertx.runOnContext(after -> changed.complete());
    changed.future().await(STARTS_WITHIN_SECONDS, TimeUnit.SECONDS);
  }

  /** Passes everything on again. */
  void heal() {
    toLocks.forEach(link -> link.set(Mode.PASS));
    Objects.requireNonNull(toPrices).set(Mode.PASS);
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(closer);
    end();
  }

  private void end() {
    for (RedisServer server : redis) {
      try {
        server.stop();
      } catch (IOException notStopped) {
        System.err.println("a Redis server does not stop: " + notStopped.getMessage());
      }
    }
    platform.kill(Part.INVENTORY_DB);
    QUORUM.forEach(platform::kill);
    vertx.close();
  }
}
