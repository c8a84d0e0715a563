package dev.converge.outbox.housekeeping;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

/** Goal: the heartbeats' topic is the one that Debezium writes to. Method: configurations. */
class HeartbeatTopicTest {
  @Test
  void isNamedByThePrefixes() {
    assertThat(HeartbeatTopic.name(new JsonObject().put("topic.prefix", "order")))
        .isEqualTo("__debezium-heartbeat.order");
    assertThat(
            HeartbeatTopic.name(
                new JsonObject().put("topic.prefix", "a").put("topic.heartbeat.prefix", "b")))
        .isEqualTo("b.a");
  }

  @Test
  void isUnknownWithoutAConfiguration() {
    assertThat(HeartbeatTopic.name(null)).isNull();
    assertThat(HeartbeatTopic.name(new JsonObject())).isNull();
  }
}
