package dev.converge.outbox.housekeeping;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.TopicExistsException;
import org.jspecify.annotations.Nullable;

/**
 * Creates the topic of a connector's heartbeats. If it does not exist, the connector's producer
 * waits for it without end and without a failure, and all messages wait behind it.
 */
final class HeartbeatTopic {
  private static final int ANSWER_WITHIN_MS = 5_000;

  private final Vertx vertx;
  private final KafkaAddress kafka;
  private final String bootstrapServers;

  HeartbeatTopic(Vertx vertx, KafkaAddress kafka, String bootstrapServers) {
    this.vertx = vertx;
    this.kafka = kafka;
    this.bootstrapServers = bootstrapServers;
  }

  /** The topic's name; null if the configuration is unknown or does not say it. */
  static @Nullable String name(@Nullable JsonObject config) {
    String prefix = config == null ? null : config.getString("topic.prefix");
    return config == null || prefix == null
        ? null
        : config.getString("topic.heartbeat.prefix", "__debezium-heartbeat") + "." + prefix;
  }

  /** Creates the topic if it does not exist, with one partition and the broker's replicas. */
  Future<Boolean> create(String name) {
    return kafka
        .unreachable()
        .compose(
            why ->
                why == null
                    ? vertx.executeBlocking(() -> createNow(name))
                    : Future.failedFuture("Kafka is not reachable: " + why));
  }

  private boolean createNow(String name)
      throws ExecutionException, InterruptedException, TimeoutException {
    Map<String, Object> properties =
        Map.of(
            "bootstrap.servers",
            bootstrapServers,
            "default.api.timeout.ms",
            ANSWER_WITHIN_MS,
            "request.timeout.ms",
            ANSWER_WITHIN_MS);
    try (Admin admin = Admin.create(properties)) {
      NewTopic topic = new NewTopic(name, Optional.of(1), Optional.empty());
      admin.createTopics(List.of(topic)).all().get(ANSWER_WITHIN_MS, TimeUnit.MILLISECONDS);
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TopicExistsException) {
        return false;
      }
      throw e;
    }
  }
}
