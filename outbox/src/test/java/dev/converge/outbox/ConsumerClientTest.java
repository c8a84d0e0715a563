package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConsumerClientTest {
  private static Map<String, String> properties(Map<String, String> own) {
    return ConsumerClient.properties(
        new ConsumerConfig(
            "name",
            "topic",
            40,
            Duration.ofSeconds(1),
            Duration.ofSeconds(10),
            RetryPolicy.standard(),
            own));
  }

  @Test
  void callersPropertiesReplaceTheDefaults() {
    assertThat(properties(Map.of("session.timeout.ms", "9000", "security.protocol", "SSL")))
        .containsEntry("session.timeout.ms", "9000")
        .containsEntry("security.protocol", "SSL")
        .containsEntry("isolation.level", "read_uncommitted")
        .containsEntry("fetch.max.bytes", "1048576");
  }

  @Test
  void callersPropertiesCannotChangeWhatTheConsumerDependsOn() {
    assertThat(
            properties(
                Map.of("enable.auto.commit", "true", "group.id", "x", "max.poll.records", "1")))
        .containsEntry("enable.auto.commit", "false")
        .containsEntry("group.id", "name")
        .containsEntry("max.poll.records", "40");
  }
}
