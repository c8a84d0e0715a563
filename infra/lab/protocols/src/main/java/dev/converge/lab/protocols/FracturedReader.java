package dev.converge.lab.protocols;

import dev.converge.platform.Platform;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/**
 * Reads the newest orders, reservations and charges at the same time, several times a second, as a
 * client of the three services would. The ids of orders begin with the time, so the newest ones are
 * a range of each primary key.
 */
final class FracturedReader implements AutoCloseable {
  private static final long EVERY_MILLIS = 125;
  private static final long CLOSED_WITHIN_SECONDS = 10;

  private static final long NEWEST_MILLIS = 20_000;

  private static final String COMPLETED =
      "SELECT order_id::text FROM orders WHERE order_id >= ?::uuid AND status = 'COMPLETED'";
  private static final String SHIPPED =
      "SELECT order_id::text FROM reservation WHERE order_id >= ?::uuid AND status = 'SHIPPED'";
  private static final String PAID =
      "SELECT key::text FROM provider.charge WHERE key >= ?::uuid AND status = 'CHARGED'";

  /** By domain. */
  private static final Map<String, String> QUERIES = queries();

  private final OpenConnections connections;
  private final DoubleSupplier clock;
  private final FracturedReads reads = new FracturedReads();
  private final ExecutorService readers = Executors.newFixedThreadPool(4, FracturedReader::thread);
  private volatile boolean ended;
  private final CompletableFuture<Void> running;

  private static Map<String, String> queries() {
    Map<String, String> queries = new HashMap<>();
    queries.put("order", COMPLETED);
    queries.put("inventory", SHIPPED);
    queries.put("payment", PAID);
    return queries;
  }

  FracturedReader(Platform platform, DoubleSupplier clock) {
    this.connections = new OpenConnections(platform);
    this.clock = clock;
    Map<String, Set<String>> earlier = readAll();
    earlier.values().forEach(reads::ignore);
    running = CompletableFuture.runAsync(this::run, readers);
  }

  private static Thread thread(Runnable task) {
    Thread reader = new Thread(task, "fractured-reads");
    reader.setDaemon(true);
    return reader;
  }

  private void run() {
    try {
      while (!ended) {
        double at = clock.getAsDouble();
        Map<String, Set<String>> shown = readAll();
        // While a database is down there is no read.
        if (shown.keySet().containsAll(QUERIES.keySet())) {
          Set<String> paid = of(shown, "payment");
          reads.add(at, of(shown, "order"), of(shown, "inventory"), paid);
        }
        TimeUnit.MILLISECONDS.sleep(EVERY_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Set<String> of(Map<String, Set<String>> shown, String domain) {
    return shown.getOrDefault(domain, Set.of());
  }

  /** The newest effects by domain; a database that is down is absent. */
  private Map<String, Set<String>> readAll() {
    Map<String, CompletableFuture<Set<String>>> asked = new LinkedHashMap<>();
    QUERIES.forEach(
        (domain, sql) ->
            asked.put(domain, CompletableFuture.supplyAsync(() -> read(domain, sql), readers)));
    Map<String, Set<String>> shown = new HashMap<>();
    asked.forEach(
        (domain, answer) -> {
          try {
            shown.put(domain, answer.join());
          } catch (java.util.concurrent.CompletionException down) {
            // Absent.
          }
        });
    return shown;
  }

  private Set<String> read(String domain, String sql) {
    try {
      return connections.query(domain, connection -> ids(connection, sql));
    } catch (SQLException e) {
      throw new LabProtocolsException(domain + "-db cannot be read", e);
    }
  }

  private static Set<String> ids(Connection connection, String sql) throws SQLException {
    Set<String> ids = new HashSet<>();
    try (PreparedStatement query = connection.prepareStatement(sql)) {
      query.setString(1, leastIdAt(System.currentTimeMillis() - NEWEST_MILLIS));
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          ids.add(rows.getString(1));
        }
      }
    }
    return ids;
  }

  /** The least id of orders placed at a time: a UUID of version 7 (RFC 9562). */
  static String leastIdAt(long epochMillis) {
    return new UUID(epochMillis << 16, 0).toString();
  }

  /** The counts; read them after {@link #close}. */
  FracturedReads.Count count() {
    return reads.count();
  }

  @Override
  public void close() {
    ended = true;
    running.orTimeout(CLOSED_WITHIN_SECONDS, TimeUnit.SECONDS).join();
    readers.shutdownNow();
    connections.close();
  }
}
