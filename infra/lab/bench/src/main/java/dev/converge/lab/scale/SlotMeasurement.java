package dev.converge.lab.scale;

import dev.converge.lab.scale.ScaleFigures.Slots;
import dev.converge.platform.Http;
import dev.converge.platform.Part;
import dev.converge.platform.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Measures how fast some connectors drain one outbox, each by a slot of its own. Starts the order
 * database, Kafka and Kafka Connect alone.
 */
final class SlotMeasurement implements AutoCloseable {
  private static final int PARTITIONS = 12;
  private static final int KEYS = 2_000;
  private static final int ROWS_PER_TRANSACTION = 500;
  private static final int WARM_UP = 5_000;
  private static final Duration WITHIN = Duration.ofMinutes(2);
  private static final Duration EVERY = Duration.ofMillis(100);

  private final Platform platform;

  /** Of the keys, and so of their hashes. */
  private final long seed;

  private final Http http = new Http();

  SlotMeasurement(Platform platform, long seed) {
    this.platform = platform;
    this.seed = seed;
  }

  /** Starts the parts, on an empty state folder. */
  void start() {
    platform.forget();
    platform.startWithTables(Part.ORDER_DB);
    platform.start(Part.KAFKA);
    platform.start(Part.CONNECT);
    // The service's outbox takes messages for the service's own topics only.
    execute("ALTER TABLE outbox DROP CONSTRAINT IF EXISTS outbox_topic_is_one_of_ours");
  }

  /** Drains some rows by this many connectors. */
  Slots measure(int slots, int rows) {
    List<SlotShare> shares = SlotShare.all(slots);
    String topic = "lab.scale." + slots;
    createTopics(Stream.concat(Stream.of(topic), shares.stream().map(SlotShare::heartbeats)));
    try (KafkaConsumer<String, String> consumer = consumer(topic)) {
      shares.forEach(this::open);
      receive(consumer, append(topic, WARM_UP), WARM_UP);
      Cores cores = Cores.from(platform);
      long began = append(topic, rows);
      ArrivedRows arrived = receive(consumer, began, rows);
      double seconds = (System.nanoTime() - began) / 1e9;
      Map<String, Double> used = cores.used();
      List<Long> perConnector = perConnector(topic, began, slots);
      shares.forEach(this::close);
      return new Slots(
          slots,
          rows,
          rows / seconds,
          arrived.lost(),
          arrived.doubled(),
          arrived.outOfOrder(),
          perConnector,
          used);
    }
  }

  private void open(SlotShare share) {
    execute(share.createPublication());
    execute("SELECT pg_create_logical_replication_slot('%s', 'pgoutput')".formatted(share.name()));
    String config;
    try {
      config =
          share.connector(
              Files.readString(
                  platform.layout().root().resolve("infra/debezium/order-outbox.json")));
    } catch (IOException e) {
      throw new ScaleException("the connector's configuration", e);
    }
    await(
        "connector " + share.name(),
        () -> send("PUT", "/connectors/" + share.name() + "/config", config) < 300);
    await("connector " + share.name() + " to run", () -> isActive(share));
  }

  private void close(SlotShare share) {
    await(
        "the end of connector " + share.name(),
        () -> send("DELETE", "/connectors/" + share.name(), null) < 500);
    await("end of the reader of " + share.name(), () -> !isActive(share));
    execute("SELECT pg_drop_replication_slot('%s')".formatted(share.name()));
    execute("DROP PUBLICATION " + share.name());
  }

  private boolean isActive(SlotShare share) {
    return number(
            "SELECT count(*) FROM pg_replication_slots WHERE slot_name = '%s' AND active"
                .formatted(share.name()))
        == 1;
  }

  private int send(String method, String path, @Nullable String body) {
    try {
      return http.send(method, platform.ports().url(Part.CONNECT) + path, body).status();
    } catch (IOException notAnswered) {
      return 599;
    }
  }

  /** Appends rows as fast as the database can, and returns the time of the first. */
  private long append(String topic, int rows) {
    long began = System.nanoTime();
    try (Connection database = platform.connect("order");
        Statement statement = database.createStatement()) {
      for (int from = 0; from < rows; from += ROWS_PER_TRANSACTION) {
        int to = Math.min(rows, from + ROWS_PER_TRANSACTION) - 1;
        if (statement.executeUpdate(insert(topic, began, from, to)) != to - from + 1) {
          throw new ScaleException("rows were not inserted");
        }
      }
      return began;
    } catch (SQLException e) {
      throw new ScaleException("outbox", e);
    }
  }

  // The payload has the measurement and the row's number.
  private String insert(String topic, long measurement, int from, int to) {
    return """
    INSERT INTO outbox (id, aggregatetype, aggregateid, sequence, type, payload, correlationid)
    SELECT gen_random_uuid(), '%s', '%d-' || n %% %d, n + 1, 'dev.converge.lab.Row.v1',
           '%d ' || n || ' ' || repeat('x', 200), gen_random_uuid()
      FROM generate_series(%d, %d) AS n
     ORDER BY n
    """
        .formatted(topic, seed, KEYS, measurement, from, to);
  }

  private static ArrivedRows receive(
      KafkaConsumer<String, String> consumer, long measurement, int rows) {
    ArrivedRows arrived = new ArrivedRows(rows);
    String begin = measurement + " ";
    long end = System.nanoTime() + WITHIN.toNanos();
    while (!arrived.isComplete() && System.nanoTime() < end) {
      for (ConsumerRecord<String, String> record : consumer.poll(EVERY)) {
        String payload = record.value();
        if (payload.startsWith(begin)) {
          int to = payload.indexOf(' ', begin.length());
          arrived.add(record.key(), Integer.parseInt(payload.substring(begin.length(), to)));
        }
      }
    }
    return arrived;
  }

  private List<Long> perConnector(String topic, long measurement, int slots) {
    List<Long> rows = new ArrayList<>();
    for (SlotShare share : SlotShare.all(slots)) {
      rows.add(
          number(
              """
              SELECT count(*) FROM outbox
               WHERE aggregatetype = '%s' AND payload LIKE '%d %%' AND %s
              """
                  .formatted(topic, measurement, share.condition())));
    }
    return rows;
  }

  private KafkaConsumer<String, String> consumer(String topic) {
    KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrap(), "max.poll.records", 5_000),
            new StringDeserializer(),
            new StringDeserializer());
    List<TopicPartition> partitions =
        IntStream.range(0, PARTITIONS).mapToObj(each -> new TopicPartition(topic, each)).toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    return consumer;
  }

  private void createTopics(Stream<String> names) {
    List<NewTopic> topics =
        names
            .map(name -> new NewTopic(name, name.startsWith("lab.") ? PARTITIONS : 1, (short) 1))
            .toList();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap()))) {
      admin.createTopics(topics).all().get(WITHIN.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new ScaleException("topics", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ScaleException("interrupted", e);
    }
  }

  private String bootstrap() {
    return "127.0.0.1:" + platform.ports().of(Part.KAFKA);
  }

  private static void await(String what, BooleanSupplier holds) {
    long end = System.nanoTime() + WITHIN.toNanos();
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new ScaleException("not in " + WITHIN + ": " + what);
      }
      LockSupport.parkNanos(EVERY.toNanos());
    }
  }

  private void execute(String sql) {
    try (Connection database = platform.connect("order");
        Statement statement = database.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new ScaleException(sql, e);
    }
  }

  private long number(String sql) {
    return Numbers.of(platform, "order", sql).get(0);
  }

  @Override
  public void close() {
    platform.downForGood();
  }
}
