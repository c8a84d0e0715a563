package dev.converge.lab.bench;

import dev.converge.platform.Platform;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** The rates of PostgreSQL alone on this machine, with nothing else running. */
final class PostgresBaseline {
  static final int CLIENTS = 16;

  /** Orders that share a transaction in a batch. */
  static final int BATCH = 64;

  private static final int WAL_BATCHES = 100;
  private static final String PAYLOAD = "x".repeat(200);

  // The rows of one order over all three services, in the services' formats.
  private static final String TABLES =
      """
      DROP SCHEMA IF EXISTS baseline CASCADE;
      CREATE SCHEMA baseline;
      CREATE TABLE baseline.placed (id uuid PRIMARY KEY, body text NOT NULL);
      CREATE TABLE baseline.sent (id uuid NOT NULL, body text NOT NULL);
      CREATE TABLE baseline.state (id uuid PRIMARY KEY, version int NOT NULL, body text NOT NULL) WITH (fillfactor = 50);
      CREATE TABLE baseline.log (id uuid, version int, body text NOT NULL, PRIMARY KEY (id, version));
      CREATE TABLE baseline.key (key text PRIMARY KEY, id uuid NOT NULL, at timestamptz NOT NULL DEFAULT now());
      CREATE TABLE baseline.seen (id uuid, consumer text, PRIMARY KEY (id, consumer));
      CREATE FUNCTION baseline.write_orders(orders int) RETURNS void LANGUAGE plpgsql AS $$
      DECLARE
          ids uuid[] := ARRAY(
              SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
                      || substr(md5(random()::text), 1, 20))::uuid
              FROM generate_series(1, orders));
      BEGIN
          INSERT INTO baseline.key SELECT 'key-' || id, id FROM unnest(ids) AS id;
          INSERT INTO baseline.placed SELECT id, repeat('x', 200) FROM unnest(ids) AS id;
          -- The saga, the reservation and the payment; the provider's charge.
          INSERT INTO baseline.state
          SELECT overlay(id::text placing n::text from 36)::uuid, 1, repeat('x', 100)
          FROM unnest(ids) AS id, generate_series(1, 3) AS n
          ON CONFLICT DO NOTHING;
          INSERT INTO baseline.state SELECT id, 1, repeat('x', 60) FROM unnest(ids) AS id ON CONFLICT DO NOTHING;
          FOR moved IN 2..4 LOOP
              UPDATE baseline.state SET version = moved WHERE id = ANY(ids);
          END LOOP;
          UPDATE baseline.state SET version = 2
          WHERE id = ANY(ARRAY(SELECT overlay(id::text placing n::text from 36)::uuid
                               FROM unnest(ids) AS id, generate_series(1, 2) AS n));
          INSERT INTO baseline.log SELECT id, n, repeat('x', 50) FROM unnest(ids) AS id, generate_series(1, 4) AS n;
          INSERT INTO baseline.sent SELECT id, repeat('x', 300) FROM unnest(ids) AS id, generate_series(1, 7);
          INSERT INTO baseline.seen SELECT id, 'consumer-' || n FROM unnest(ids) AS id, generate_series(1, 6) AS n;
      END
      $$;
      """;

  private final Platform platform;
  private final long millis;

  /**
   * @param millis how long each figure is measured
   */
  PostgresBaseline(Platform platform, long millis) {
    this.platform = platform;
    this.millis = millis;
  }

  private interface Work {
    void once(Connection connection) throws SQLException;
  }

  void prepare() {
    execute(TABLES);
  }

  void clean() {
    execute("DROP SCHEMA baseline CASCADE; CHECKPOINT");
  }

  /** Transactions of two single-row inserts a second. */
  double twoInserts(int clients) {
    return perSecond(clients, false, PostgresBaseline::twoInserts);
  }

  /** Orders a second with one transaction each. */
  double orderWrites() {
    return perSecond(CLIENTS, true, connection -> writeOrders(connection, 1));
  }

  /** Orders a second with batched transactions. */
  double orderWritesBatched() {
    return BATCH * perSecond(CLIENTS, true, connection -> writeOrders(connection, BATCH));
  }

  /** Bytes of log that an order's batched writes take. */
  double orderWritesWalBytes() {
    try (Connection connection = platform.connect("order")) {
      String before = currentLsn(connection);
      for (int batch = 0; batch < WAL_BATCHES; batch++) {
        writeOrders(connection, BATCH);
      }
      return walBytesSince(connection, before) / (WAL_BATCHES * BATCH);
    } catch (SQLException e) {
      throw new BenchException("the baseline's bytes of log", e);
    }
  }

  private static String currentLsn(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()")) {
      row.next();
      return row.getString(1);
    }
  }

  private static double walBytesSince(Connection connection, String lsn) throws SQLException {
    try (PreparedStatement difference =
        connection.prepareStatement(
            "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), ?::pg_lsn)")) {
      difference.setString(1, lsn);
      try (ResultSet row = difference.executeQuery()) {
        row.next();
        return row.getDouble(1);
      }
    }
  }

  private static void twoInserts(Connection connection) throws SQLException {
    insert(connection, "INSERT INTO baseline.placed (id, body) VALUES (?, ?)");
    insert(connection, "INSERT INTO baseline.sent (id, body) VALUES (?, ?)");
    connection.commit();
  }

  // pgjdbc keeps the statements of a connection prepared, by their text.
  private static void insert(Connection connection, String sql) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      insert.setObject(1, UUID.randomUUID());
      insert.setString(2, PAYLOAD);
      requireOne(insert.executeUpdate());
    }
  }

  private static void requireOne(int rows) {
    if (rows != 1) {
      throw new BenchException("rows inserted: " + rows + " (expected: 1)");
    }
  }

  private static void writeOrders(Connection connection, int orders) throws SQLException {
    try (PreparedStatement write = connection.prepareStatement("SELECT baseline.write_orders(?)")) {
      write.setInt(1, orders);
      write.execute();
    }
  }

  private double perSecond(int clients, boolean autoCommit, Work work) {
    ExecutorService threads = Executors.newFixedThreadPool(clients);
    LongAdder done = new LongAdder();
    long begin = System.nanoTime();
    // The first third warms up and is not counted.
    long counted = begin + TimeUnit.MILLISECONDS.toNanos(millis / 3);
    long end = begin + TimeUnit.MILLISECONDS.toNanos(millis);
    List<Future<Void>> running = new ArrayList<>();
    for (int client = 0; client < clients; client++) {
      Callable<Void> loop =
          () -> {
            try (Connection connection = platform.connect("order")) {
              connection.setAutoCommit(autoCommit);
              for (long now = begin; now < end; now = System.nanoTime()) {
                work.once(connection);
                if (now >= counted) {
                  done.increment();
                }
              }
            }
            return null;
          };
      running.add(threads.submit(loop));
    }
    threads.shutdown();
    try {
      for (Future<Void> one : running) {
        one.get(millis + 60_000, TimeUnit.MILLISECONDS);
      }
    } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
      throw new BenchException("the baseline of PostgreSQL was not measured", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
    return done.sum() / ((end - counted) / 1e9);
  }

  private void execute(String sql) {
    try (Connection connection = platform.connect("order");
        Statement statement = connection.createStatement()) {
      for (String one : sql.contains("CHECKPOINT") ? sql.split(";") : new String[] {sql}) {
        statement.execute(one);
      }
    } catch (SQLException e) {
      throw new BenchException("the baseline's tables: " + e.getMessage(), e);
    }
  }
}
