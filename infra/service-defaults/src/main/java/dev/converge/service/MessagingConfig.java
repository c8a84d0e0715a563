package dev.converge.service;

import dev.converge.outbox.ConsumerConfig;
import dev.converge.outbox.housekeeping.OutboxHousekeeping;
import dev.converge.outbox.reconciler.OutboxReconciler;
import dev.converge.service.runtime.Env;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How a service sends and receives messages.
 *
 * @param instanceId unique among this service's instances and the same after a restart, so that a
 *     killed instance gets its partitions back immediately; empty for none
 * @param retention days to keep published messages, and the ids of handled ones
 */
public record MessagingConfig(
    String kafkaBootstrapServers,
    int consumerMaxBatch,
    String instanceId,
    Connector connector,
    OutboxHousekeeping.Retention retention) {

  /**
   * The connector that publishes a service's outbox.
   *
   * @param connect the addresses of Kafka Connect's workers
   */
  public record Connector(List<URI> connect, String name, Duration checkEvery) {
    static Connector from(Env env, String domain) {
      return new Connector(
          env.uris("CONNECT_URL", "http://127.0.0.1:8083"),
          env.text("CONNECTOR", domain + "-outbox"),
          env.duration("CONNECTOR_CHECK_EVERY", Duration.ofSeconds(5)));
    }

    /** The configuration that the build has put into the service's jar; null for other names. */
    private @Nullable JsonObject config() {
      ClassLoader classes = MessagingConfig.class.getClassLoader();
      try (InputStream file = classes.getResourceAsStream("debezium/" + name + ".json")) {
        return file == null ? null : new JsonObject(Buffer.buffer(file.readAllBytes()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  static MessagingConfig from(Env env, String domain) {
    return new MessagingConfig(
        env.text("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092"),
        env.integer("CONSUMER_MAX_BATCH", 500, 1, 10_000),
        env.text("INSTANCE_ID", ""),
        Connector.from(env, domain),
        new OutboxHousekeeping.Retention(
            env.integer("OUTBOX_DAYS", 7, 1, 365), env.integer("INBOX_DAYS", 30, 1, 365)));
  }

  /** The name of this instance in reports: also without an id, other than those of the others. */
  String instance() {
    return instanceId.isEmpty() ? "process " + UUID.randomUUID() : instanceId;
  }

  /** The properties of a Kafka client without a group. */
  Map<String, String> kafka() {
    return Map.of("bootstrap.servers", kafkaBootstrapServers);
  }

  /** The configuration of a consumer. */
  ConsumerConfig consumer(String name, String topic) {
    ConsumerConfig standard = ConsumerConfig.of(name, topic, kafkaBootstrapServers);
    Map<String, String> kafka = new HashMap<>(standard.kafka());
    if (!instanceId.isEmpty()) {
      kafka.put("group.instance.id", instanceId);
    }
    return new ConsumerConfig(
        name,
        topic,
        consumerMaxBatch,
        standard.pollTimeout(),
        standard.transactionTimeout(),
        standard.retry(),
        kafka);
  }

  /** The housekeeping of the outbox in a database. */
  OutboxHousekeeping.Config housekeeping(String database) {
    return new OutboxHousekeeping.Config(
        database,
        connector.connect(),
        connector.name(),
        connector.config(),
        kafkaBootstrapServers,
        connector.checkEvery(),
        retention);
  }

  /** The reconciler of a service's outbox, whose messages go to the topics. */
  OutboxReconciler.Config reconciler(String service, List<String> topics, Duration every) {
    return OutboxReconciler.Config.of("outbox", "/" + service, topics, kafkaBootstrapServers)
        .withEvery(every);
  }
}
