package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Goal: values that make no sense cannot be made. Method: each bound and just beyond it. */
class ValuesTest {
  private static ConsumerConfig config(int maxBatch, Map<String, String> kafka) {
    return new ConsumerConfig(
        "orders",
        "order.replies",
        maxBatch,
        Duration.ofSeconds(1),
        Duration.ofSeconds(10),
        RetryPolicy.standard(),
        kafka);
  }

  private static OutboxMessage message(long sequence) {
    return message(sequence, "{}");
  }

  private static OutboxMessage message(String payload) {
    return message(1, payload);
  }

  private static OutboxMessage message(long sequence, String payload) {
    return new OutboxMessage(
        OutboxMessage.newId(),
        "topic",
        "key",
        sequence,
        "type",
        payload,
        new UUID(0, 1),
        null,
        null);
  }

  @Test
  void batchesHaveOneTo10000Messages() {
    assertThat(config(1, Map.of()).maxBatch()).isEqualTo(1);
    assertThat(config(10_000, Map.of()).maxBatch()).isEqualTo(10_000);
    for (int wrong : new int[] {-1, 0, 10_001}) {
      assertThatThrownBy(() -> config(wrong, Map.of()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("maxBatch: " + wrong);
    }
  }

  @Test
  void configurationDoesNotChangeOnceItIsMade() {
    Map<String, String> kafka = new HashMap<>(Map.of("bootstrap.servers", "a:1"));
    ConsumerConfig config = config(1, kafka);
    kafka.put("bootstrap.servers", "b:2");

    assertThat(config.kafka()).isEqualTo(Map.of("bootstrap.servers", "a:1"));
  }

  @Test
  void sequencesBeginWithOne() {
    assertThat(message(1).sequence()).isEqualTo(1);
    assertThatThrownBy(() -> message(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sequence: 0");
  }

  @Test
  void payloadsFitIntoARecord() {
    assertThat(message("é".repeat(500_000)).payload()).hasSize(500_000);
    for (String tooLong : List.of("é".repeat(500_001), "x".repeat(1_000_001))) {
      assertThatThrownBy(() -> message(tooLong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected: at most 1000000");
    }
  }

  @Test
  void idsAreOrderedByTheTimeTheyAreMade() {
    assertThat(Stream.generate(OutboxMessage::newId).limit(1_000).map(UUID::toString))
        .isSorted()
        .doesNotHaveDuplicates()
        .allMatch(id -> UUID.fromString(id).version() == 7);
  }
}
