package dev.converge.outbox.housekeeping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.testkit.OutboxPlatform;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;

/** Goal: the topic is created if it does not exist, and only then. Method: real Kafka. */
class HeartbeatTopicIT {
  private final OutboxPlatform platform = OutboxPlatform.shared();

  @Test
  void createsTheTopicOnce() throws ExecutionException, InterruptedException, TimeoutException {
    String kafka = platform.bootstrapServers();
    HeartbeatTopic topic =
        new HeartbeatTopic(platform.vertx(), new KafkaAddress(platform.vertx(), kafka), kafka);
    String name = "__debezium-heartbeat." + UUID.randomUUID();

    assertThat(OutboxPlatform.await(topic.create(name))).isTrue();
    assertThat(OutboxPlatform.await(topic.create(name))).isFalse();

    try (Admin admin = platform.admin()) {
      assertThat(admin.describeTopics(List.of(name)).allTopicNames().get(60, TimeUnit.SECONDS))
          .hasEntrySatisfying(name, found -> assertThat(found.partitions()).hasSize(1));
    }
  }

  @Test
  void failsIfKafkaIsNotReachable() {
    HeartbeatTopic topic =
        new HeartbeatTopic(
            platform.vertx(), new KafkaAddress(platform.vertx(), "127.0.0.1:1"), "127.0.0.1:1");

    assertThatThrownBy(() -> topic.create("any").await())
        .hasMessageStartingWith("Kafka is not reachable: ");
  }
}
