package dev.converge.service;

import dev.converge.outbox.ConsumerConfig;
import dev.converge.outbox.housekeeping.OutboxHousekeeping;
import dev.converge.outbox.reconciler.OutboxReconciler;
import dev.converge.service.http.syntax.Authority;
import dev.converge.service.postgres.DatabaseConfig;
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
import org.jspecify.annotations.Nullable;

/**
 * The configuration of every service.
 *
 * @param name of the service's domain, such as {@code order}
 * @param allowedHosts hosts for which its API answers, beside those of the loopback interface
 * @param instanceId unique among this service's instances and the same after a restart, so that a
 *     killed instance gets its partitions back immediately; empty for none
 * @param connector the connector that publishes this service's outbox
 * @param auditEvery interval of the audits, up to 15 s
 * @param outboxDays days to keep published messages
 * @param inboxDays days to keep the ids of handled messages
 * @param operatorLogDays days to keep the operator log and replayed dead letters
 */
public record ServiceConfig(
    String name,
    String httpHost,
    int httpPort,
    List<String> allowedHosts,
    DatabaseConfig database,
    String kafkaBootstrapServers,
    int consumerMaxBatch,
    String instanceId,
    URI connect,
    String connector,
    Duration connectorCheckEvery,
    Duration auditEvery,
    int outboxDays,
    int inboxDays,
    int operatorLogDays) {

  /**
   * Reads the configuration of every service.
   *
   * @param name short name of the service's domain, such as {@code inventory}
   * @param httpPort the default port
   * @param database the default name of its database
   */
  public static ServiceConfig from(Env env, String name, int httpPort, String database) {
    return new ServiceConfig(
        name,
        env.text("HTTP_HOST", "127.0.0.1"),
        env.integer("HTTP_PORT", httpPort, 1, 65_535),
        env.list(
            "HTTP_ALLOWED_HOSTS",
            host -> Authority.parse(host) != null,
            "a host, such as shop.example or shop.example:8443"),
        DatabaseConfig.from(env, database, name + "_service"),
        env.text("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092"),
        env.integer("CONSUMER_MAX_BATCH", 500, 1, 10_000),
        env.text("INSTANCE_ID", ""),
        env.uri("CONNECT_URL", "http://127.0.0.1:8083"),
        env.text("CONNECTOR", name + "-outbox"),
        env.duration("CONNECTOR_CHECK_EVERY", Duration.ofSeconds(5)),
        // The drain watch gives the audit this time before it reports a message as lost.
        env.duration(
            "AUDIT_EVERY", Duration.ofSeconds(15), Duration.ofSeconds(1), Duration.ofSeconds(15)),
        env.integer("OUTBOX_DAYS", 7, 1, 365),
        env.integer("INBOX_DAYS", 30, 1, 365),
        env.integer("OPERATOR_LOG_DAYS", 365, 30, 3_650));
  }

  /** The reconciler of this service's outbox, whose messages go to the topics. */
  public OutboxReconciler.Config outboxReconciler(String service, List<String> topics) {
    OutboxReconciler.Config standard =
        OutboxReconciler.Config.of("outbox", "/" + service, topics, kafkaBootstrapServers);
    return new OutboxReconciler.Config(
        standard.slot(),
        standard.source(),
        standard.topics(),
        auditEvery,
        standard.grace(),
        standard.back(),
        standard.kafka());
  }

  /** The housekeeping of this service's outbox. */
  public OutboxHousekeeping.Config housekeeping() {
    return new OutboxHousekeeping.Config(
        name + "-db",
        connect,
        connector,
        connectorConfig(connector),
        kafkaBootstrapServers,
        connectorCheckEvery,
        new OutboxHousekeeping.Retention(outboxDays, inboxDays));
  }

  /** The configuration that the build has put into the service's jar; null for other names. */
  private static @Nullable JsonObject connectorConfig(String connector) {
    ClassLoader classes = ServiceConfig.class.getClassLoader();
    try (InputStream file = classes.getResourceAsStream("debezium/" + connector + ".json")) {
      return file == null ? null : new JsonObject(Buffer.buffer(file.readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The configuration of a consumer of this service. */
  public ConsumerConfig consumer(String name, String topic) {
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
}
