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
    return new OutboxMessage("topic", "key", sequence, new Payload("type", payload));
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
  void configurationIsImmutable() {
    Map<String, String> kafka = new HashMap<>(Map.of("bootstrap.servers", "a:1"));
    ConsumerConfig config = config(1, kafka);
    kafka.put("bootstrap.servers", "b:2");

    assertThat(config.kafka()).isEqualTo(Map.of("bootstrap.servers", "a:1"));
  }

  @Test
  void sequencesStartAtOne() {
    assertThat(message(1).sequence()).isEqualTo(1);
    assertThatThrownBy(() -> message(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sequence: 0");
  }

  @Test
  void payloadsFitIntoARecord() {
    assertThat(message("é".repeat(500_000)).payload().json()).hasSize(500_000);
    for (String tooLong : List.of("é".repeat(500_001), "x".repeat(1_000_001))) {
      assertThatThrownBy(() -> message(tooLong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected: at most 1000000");
    }
  }

  private static OutboxMessage message(String topic, String aggregateId, String type) {
    return new OutboxMessage(topic, aggregateId, 1, new Payload(type, "{}"));
  }

  @Test
  void namesAndKeysAreValidInKafkaAndInTheTable() {
    String longest = "a".repeat(249);
    assertThat(message(longest, "é".repeat(500), "!".repeat(255)).topic()).isEqualTo(longest);
    for (String topic : List.of("", ".", "..", "a b", "a/b", "é", "a\n", longest + "a")) {
      isRefused(() -> message(topic, "key", "type"), "topic: ");
    }
    for (String key : List.of("", "k".repeat(1_001), "é".repeat(501))) {
      isRefused(() -> message("topic", key, "type"), "aggregateId: ");
    }
    for (String type : List.of("", "a b", "é", "a\0", "t".repeat(256))) {
      isRefused(() -> message("topic", "key", type), "type: ");
    }
  }

  private static void isRefused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable made, String reason) {
    assertThatThrownBy(made)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void invalidTraceIsDroppedWithoutFurtherEffect() {
    String valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    assertThat(traced(valid).origin().traceparent()).isEqualTo(valid);
    assertThat(traced("01" + valid.substring(2) + "-later").origin().traceparent())
        .isEqualTo(valid);
    for (String wrong : List.of("", "garbage", "\0", "a".repeat(1_048_200))) {
      assertThat(traced(wrong).origin().traceparent()).isNull();
    }
  }

  private static OutboxMessage traced(String traceparent) {
    return new OutboxMessage("topic", "key", 1, new Payload("type", "{}"))
        .withOrigin(new MessageOrigin(new UUID(0, 1), null, traceparent));
  }

  @Test
  void idsAreOrderedByTheirCreationTime() {
    assertThat(Stream.generate(OutboxMessage::newId).limit(1_000).map(UUID::toString))
        .isSorted()
        .doesNotHaveDuplicates()
        .allMatch(id -> UUID.fromString(id).version() == 7);
  }
}
