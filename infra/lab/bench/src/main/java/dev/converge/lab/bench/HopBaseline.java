package dev.converge.lab.bench;

import dev.converge.lab.load.Latencies;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.StringDeserializer;

/** One hop alone: a row in the order service's outbox, Debezium, Kafka, a consumer. */
final class HopBaseline implements AutoCloseable {
  private static final String TOPIC = "lab.hop";
  private static final int PARTITIONS = 3;
  private static final int ROWS_PER_TRANSACTION = 500;
  private static final Duration WITHIN = Duration.ofSeconds(60);
  private static final int UNSTALLED_ROWS = 50;
  private static final long STALL_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private static final String INSERT =
      """
      INSERT INTO outbox (id, aggregatetype, aggregateid, sequence, type, payload, correlationid)
      VALUES (?, '%s', ?, 1, 'dev.converge.lab.Hop.v1', ?, ?)
      """
          .formatted(TOPIC);

  // The service's outbox takes messages for the service's own topics only.
  private static final String RESTRICTION = "outbox_topic_is_one_of_ours";

  private static final String RESTRICTED_TO =
      """
      SELECT pg_get_constraintdef(oid) FROM pg_constraint
      WHERE conrelid = 'outbox'::regclass AND conname = '%s'
      """
          .formatted(RESTRICTION);

  private final Platform platform;
  private final Connection database;
  private final Optional<String> restriction;
  private final KafkaConsumer<String, String> consumer;

  HopBaseline(Platform platform) {
    this.platform = platform;
    String bootstrap = "127.0.0.1:" + platform.ports().of(Part.KAFKA);
    createTopic(bootstrap);
    this.consumer = consumer(bootstrap);
    try {
      this.database = connect(platform);
      this.restriction = liftRestriction(database);
    } catch (RuntimeException e) {
      consumer.close();
      throw e;
    }
  }

  private static Connection connect(Platform platform) {
    Connection database;
    try {
      database = platform.connect("order");
    } catch (SQLException e) {
      throw new BenchException("order-db", e);
    }
    try {
      database.setAutoCommit(false);
      return database;
    } catch (SQLException e) {
      BenchException failed = new BenchException("order-db", e);
      try {
        database.close();
      } catch (SQLException notClosed) {
        failed.addSuppressed(notClosed);
      }
      throw failed;
    }
  }

  /** Opens the outbox for rows of the hop's topic, and returns its previous restriction. */
  private static Optional<String> liftRestriction(Connection database) {
    try (Statement statement = database.createStatement()) {
      Optional<String> restriction = Optional.empty();
      try (ResultSet found = statement.executeQuery(RESTRICTED_TO)) {
        if (found.next()) {
          restriction = Optional.of(found.getString(1));
        }
      }
      statement.execute("ALTER TABLE outbox DROP CONSTRAINT IF EXISTS " + RESTRICTION);
      database.commit();
      return restriction;
    } catch (SQLException e) {
      throw new BenchException("order-db", e);
    }
  }

  private void restoreRestriction() throws SQLException {
    if (restriction.isEmpty()) {
      return;
    }
    database.rollback();
    try (Statement statement = database.createStatement()) {
      statement.execute(
          "ALTER TABLE outbox ADD CONSTRAINT " + RESTRICTION + " " + restriction.get());
    }
    database.commit();
  }

  /** Reads records from now on. */
  private static KafkaConsumer<String, String> consumer(String bootstrap) {
    KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                bootstrap,
                "auto.offset.reset",
                "latest",
                "max.poll.records",
                5_000),
            new StringDeserializer(),
            new StringDeserializer());
    List<TopicPartition> partitions =
        java.util.stream.IntStream.range(0, PARTITIONS)
            .mapToObj(partition -> new TopicPartition(TOPIC, partition))
            .toList();
    try {
      consumer.assign(partitions);
      consumer.seekToEnd(partitions);
      partitions.forEach(partition -> consumer.position(partition, WITHIN));
      return consumer;
    } catch (RuntimeException e) {
      consumer.close();
      throw e;
    }
  }

  private static void createTopic(String bootstrap) {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      admin
          .createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1)))
          .all()
          .get(WITHIN.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw new BenchException("topic " + TOPIC, e);
      }
    } catch (java.util.concurrent.TimeoutException e) {
      throw new BenchException("topic " + TOPIC, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }

  /** The result at full speed. */
  record Throughput(double rowsPerSecond, double cpuMicrosPerRow) {}

  /** Appends rows as fast as one client can, and waits until all have arrived. */
  Throughput rows(int rows) {
    Map<String, Double> before = Snapshot.cpuMillis(platform);
    long begin = System.nanoTime();
    for (int from = 0; from < rows; from += ROWS_PER_TRANSACTION) {
      append(Math.min(ROWS_PER_TRANSACTION, rows - from), begin);
    }
    receive(rows, new Histogram(3));
    double seconds = (System.nanoTime() - begin) / 1e9;
    Map<String, Double> after = Snapshot.cpuMillis(platform);
    double cpu = 0;
    for (Part part : List.of(Part.ORDER_DB, Part.CONNECT, Part.KAFKA)) {
      cpu += after.getOrDefault(part.id(), 0.0) - before.getOrDefault(part.id(), 0.0);
    }
    return new Throughput(rows / seconds, cpu * 1_000 / rows);
  }

  /**
   * Flushes the memory that full speed filled, which would stall later rows, and waits until rows
   * pass without a stall.
   */
  void settle() {
    try (Statement statement = database.createStatement()) {
      statement.execute("CHECKPOINT");
      database.commit();
    } catch (SQLException e) {
      throw new BenchException("checkpoint: " + e.getMessage(), e);
    }
    int unstalled = 0;
    for (long end = System.nanoTime() + WITHIN.toNanos();
        unstalled < UNSTALLED_ROWS && System.nanoTime() < end; ) {
      long begin = System.nanoTime();
      append(1, begin);
      receive(1, new Histogram(3));
      unstalled = System.nanoTime() - begin < STALL_NANOS ? unstalled + 1 : 0;
    }
    if (unstalled < UNSTALLED_ROWS) {
      throw new BenchException("one hop: rows stall without an end; is something else running?");
    }
  }

  /** From the time a row is to be appended to its message's arrival, one row at a time. */
  Latencies latencies(int rows, int perSecond) {
    Histogram nanos = new Histogram(3);
    long begin = System.nanoTime();
    for (int row = 0; row < rows; row++) {
      long intended = begin + row * TimeUnit.SECONDS.toNanos(1) / perSecond;
      awaitTime(intended);
      append(1, intended);
      receive(1, nanos);
    }
    return Latencies.of(nanos);
  }

  private static void awaitTime(long nanos) {
    // Parking may end early.
    for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private void append(int rows, long nanos) {
    try (PreparedStatement insert = database.prepareStatement(INSERT)) {
      for (int row = 0; row < rows; row++) {
        insert.setObject(1, UUID.randomUUID());
        insert.setString(2, UUID.randomUUID().toString());
        insert.setString(3, "{\"nanos\":" + nanos + ",\"filler\":\"" + "x".repeat(150) + "\"}");
        insert.setObject(4, UUID.randomUUID());
        insert.addBatch();
      }
      if (insert.executeBatch().length != rows) {
        throw new BenchException("rows were not inserted");
      }
      database.commit();
    } catch (SQLException e) {
      throw new BenchException("outbox: " + e.getMessage(), e);
    }
  }

  private void receive(int rows, Histogram nanos) {
    int received = 0;
    long end = System.nanoTime() + WITHIN.toNanos();
    while (received < rows) {
      for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
        received++;
        String payload = record.value();
        long intended =
            Long.parseLong(payload.substring(payload.indexOf(':') + 1, payload.indexOf(',')));
        // A histogram takes nothing negative, and a clock may be early.
        nanos.recordValue(Math.max(0, System.nanoTime() - intended));
      }
      if (System.nanoTime() > end) {
        throw new BenchException("messages: " + received + " of " + rows + " arrived");
      }
    }
  }

  @Override
  public void close() {
    try {
      consumer.close();
    } finally {
      closeDatabase();
    }
  }

  private void closeDatabase() {
    try (database) {
      restoreRestriction();
    } catch (SQLException e) {
      throw new BenchException("order-db", e);
    }
  }
}
