package dev.converge.outbox;

import static dev.converge.outbox.CloudEvents.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.converge.testkit.OutboxPlatform;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.UnknownServerException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Goal: no topic holds a record that decompresses to more than the broker's limit, so no consumer
 * has to hold one. Method: records that compress well, of more bytes than the limit, and of more
 * than half the broker's heap.
 */
class DecompressedSizeIT {
  private final OutboxPlatform platform = OutboxPlatform.shared();
  private final String topic = platform.newTopic();

  @ParameterizedTest
  @CsvSource({"2000000", "150000000"})
  void recordIsRefusedByItsDecompressedSize(int bytes) {
    ProducerRecord<byte[], byte[]> bomb =
        new ProducerRecord<>(topic, "key".getBytes(StandardCharsets.UTF_8), new byte[bytes]);

    assertThatThrownBy(() -> send(bomb))
        .rootCause()
        .isInstanceOfAny(RecordTooLargeException.class, UnknownServerException.class);

    // By the same broker, and the topic holds nothing else.
    platform.send(List.of(event(topic, "next")));
    assertThat(platform.readUntil(topic, entry -> true))
        .singleElement()
        .satisfies(entry -> assertThat(entry.offset()).isZero());
  }

  @Test
  void smallCompressedRecordIsAccepted() {
    send(event(topic, " ".repeat(900_000)));

    assertThat(platform.readUntil(topic, entry -> true)).hasSize(1);
  }

  private void send(ProducerRecord<byte[], byte[]> entry) {
    platform.send(
        List.of(entry),
        Map.of(
            "compression.type", "zstd",
            "max.request.size", "200000000",
            "buffer.memory", "400000000",
            "retries", "0"));
  }
}
