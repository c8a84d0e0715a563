package dev.converge.testkit;

import dev.converge.platform.Part;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/**
 * Real PostgreSQL with the library's tables, real Kafka, Connect and Debezium: started by the first
 * test that asks, shared by all of a run. Each test has topics and consumers of its own.
 */
public final class OutboxPlatform {
  /**
   * JUnit's resource lock of the platform's processes: a class that kills them writes it, a class
   * that runs beside others reads it.
   */
  public static final String PARTS = "outbox-platform";

  /** Creates the table into which the tests' handlers write. */
  public static final String EFFECT =
      """
      CREATE TABLE effect (
          position   bigint GENERATED ALWAYS AS IDENTITY,
          message_id uuid   NOT NULL,
          payload    text   NOT NULL,
          batch      int    NOT NULL,
          tx         bigint NOT NULL DEFAULT txid_current()
      );
      """;

  private static final Duration WITHIN = Duration.ofSeconds(60);

  private final TestPlatform platform = TestPlatform.create(Map.of()).upForOutbox();
  private final Vertx vertx = Vertx.vertx();
  private final Pool pool = pool("orders", "order_service", platform.platform().servicePassword());

  private static final class Holder {
    private static final OutboxPlatform SHARED = new OutboxPlatform();
  }

  private OutboxPlatform() {
    update(EFFECT);
    update("GRANT SELECT, INSERT ON effect TO order_service");
  }

  public static OutboxPlatform shared() {
    return Holder.SHARED;
  }

  public Vertx vertx() {
    return vertx;
  }

  /** A pool as the service's own role. */
  public Pool pool() {
    return pool;
  }

  /** A pool of a service as it may configure its own. */
  public Pool pool(String database, String user, String password) {
    return PgBuilder.pool()
        .with(
            new PoolOptions()
                .setMaxSize(6)
                .setConnectionTimeout(3)
                .setConnectionTimeoutUnit(TimeUnit.SECONDS))
        .connectingTo(
            new PgConnectOptions()
                .setHost("127.0.0.1")
                .setPort(databasePort())
                .setDatabase(database)
                .setUser(user)
                .setPassword(password)
                .setCachePreparedStatements(true)
                .setProperties(Map.of("statement_timeout", "10000", "lock_timeout", "5000")))
        .using(vertx)
        .build();
  }

  public int databasePort() {
    return platform.platform().ports().of(Part.ORDER_DB);
  }

  public String connectUrl() {
    return platform.platform().ports().url(Part.CONNECT);
  }

  public String bootstrapServers() {
    return "127.0.0.1:" + platform.platform().ports().of(Part.KAFKA);
  }

  public void kill(Part part) {
    platform.platform().kill(part);
  }

  public void start(Part part) {
    platform.platform().start(part);
  }

  /** Deletes the state of the consumers of earlier tests. */
  public void forgetEffects() {
    update("TRUNCATE effect, dead_letter");
  }

  public static ConditionFactory await(String what) {
    return Awaitility.await(what).atMost(WITHIN).pollInterval(Duration.ofMillis(50));
  }

  public static <T> T await(Future<T> future) {
    try {
      return future.await(WITHIN.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("no answer within " + WITHIN, e);
    }
  }

  // The database, as its superuser.

  public Connection connect() throws SQLException {
    return platform.connect("order");
  }

  public void update(String sql) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  /** The first column of every row. */
  public List<String> texts(String sql) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> texts = new ArrayList<>();
      while (rows.next()) {
        texts.add(rows.getString(1));
      }
      return texts;
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }

  public String text(String sql) {
    return texts(sql).get(0);
  }

  public long count(String table) {
    return Long.parseLong(text("SELECT count(*) FROM " + table));
  }

  // Topics.

  /** A new topic of one partition. */
  public String newTopic() {
    String topic = "test-" + UUID.randomUUID();
    createTopic(topic, 1);
    return topic;
  }

  public void createTopic(String topic, int partitions) {
    createTopic(new NewTopic(topic, Optional.of(partitions), Optional.empty()));
  }

  /** Creates a topic of one partition with settings of its own. */
  public void createTopic(String topic, Map<String, String> settings) {
    createTopic(new NewTopic(topic, Optional.of(1), Optional.empty()).configs(settings));
  }

  private void createTopic(NewTopic topic) {
    try (Admin admin = admin()) {
      admin.createTopics(List.of(topic)).all().get(WITHIN.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(topic.name(), e);
    }
  }

  public Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", bootstrapServers()));
  }

  public void send(List<ProducerRecord<byte[], byte[]>> records) {
    send(records, Map.of());
  }

  /** Sends with further properties of the producer. */
  public void send(List<ProducerRecord<byte[], byte[]>> records, Map<String, String> properties) {
    try (KafkaProducer<byte[], byte[]> producer = producer(properties)) {
      for (var sent : records.stream().map(producer::send).toList()) {
        sent.get(WITHIN.toSeconds(), TimeUnit.SECONDS);
      }
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError("not sent", e);
    }
  }

  /** A producer that writes in transactions; the first one is not begun. */
  public KafkaProducer<byte[], byte[]> transactional(String id) {
    KafkaProducer<byte[], byte[]> producer = producer(Map.of("transactional.id", id));
    producer.initTransactions();
    return producer;
  }

  private KafkaProducer<byte[], byte[]> producer(Map<String, String> properties) {
    Map<String, Object> all = new HashMap<>(properties);
    all.put("bootstrap.servers", bootstrapServers());
    return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** All a topic's records from its beginning to the first of which the condition is true. */
  public List<ConsumerRecord<byte[], byte[]>> readUntil(
      String topic, Predicate<ConsumerRecord<byte[], byte[]>> last) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrapServers()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(partition -> new TopicPartition(topic, partition.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      List<ConsumerRecord<byte[], byte[]>> read = new ArrayList<>();
      await("last record of " + topic)
          .until(
              () -> {
                consumer.poll(Duration.ofMillis(100)).forEach(read::add);
                return read.stream().anyMatch(last);
              });
      return read;
    }
  }
}
