package dev.converge.lab.protocols;

import dev.converge.platform.Platform;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/**
 * Reads the newest orders, reservations and charges at the same time, several times a second, as a
 * client of the three services would. Reads the last pages of each table only, where new rows are.
 */
final class FracturedReader implements AutoCloseable {
  private static final long EVERY_MILLIS = 125;
  private static final long CLOSED_WITHIN_SECONDS = 10;

  private static final String NEWEST =
      " WHERE %1$s.ctid >= ('(' || greatest(pg_relation_size('%1$s') / 8192 - 24, 0) || ',0)')::tid";
  private static final Map<String, String> QUERIES = queries();

  private final OpenConnections connections;
  private final DoubleSupplier clock;
  private final FracturedReads reads = new FracturedReads();
  private final ExecutorService readers = Executors.newFixedThreadPool(4, FracturedReader::thread);
  private volatile boolean ended;
  private final CompletableFuture<Void> running;

  private static Map<String, String> queries() {
    Map<String, String> queries = new LinkedHashMap<>();
    queries.put(
        "order",
        "SELECT order_id::text FROM orders WHERE status = 'COMPLETED' AND order_id IN"
            + " (SELECT order_id FROM placed_order"
            + NEWEST.formatted("placed_order")
            + ")");
    queries.put(
        "inventory",
        "SELECT order_id::text FROM reservation"
            + NEWEST.formatted("reservation")
            + " AND status = 'SHIPPED'");
    queries.put(
        "payment",
        "SELECT key::text FROM provider.charge"
            + NEWEST.formatted("provider.charge").replace("provider.charge.ctid", "charge.ctid")
            + " AND status = 'CHARGED'");
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
    try (Statement query = connection.createStatement();
        ResultSet rows = query.executeQuery(sql)) {
      while (rows.next()) {
        ids.add(rows.getString(1));
      }
    }
    return ids;
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
