package dev.converge.lab.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.Test;

/**
 * Goal: foreign headers leave a message valid, so that parking it is a mistake. Method: each kind,
 * on a message as a service sends it.
 */
class ForeignHeadersTest {
  private static final Set<String> NEEDED = Set.of("ce_id", "ce_type", "ce_source", "ce_sequence");

  /** max.request.size of a producer, less the size of our largest message. */
  private static final int ROOM = 1_048_576 - 4_096;

  private static ConsumerRecord<byte[], byte[]> message() {
    ConsumerRecord<byte[], byte[]> message =
        new ConsumerRecord<>("payment.commands", 1, 7, bytes("order"), bytes("{}"));
    NEEDED.forEach(name -> message.headers().add(name, bytes(name)));
    List.of("traceparent", "ce_time", "ce_subject", "content-type")
        .forEach(name -> message.headers().add(name, bytes(name)));
    return message;
  }

  @Test
  void eachKindChangesOneUnusedHeader() {
    Set<String> changed = new HashSet<>();
    for (int kind = 0; kind < ForeignHeaders.kinds(); kind++) {
      ConsumerRecord<byte[], byte[]> message = message();
      ProducerRecord<byte[], byte[]> foreign = ForeignHeaders.on(message, kind);
      assertThat(foreign.key()).isEqualTo(message.key());
      assertThat(foreign.value()).isEqualTo(message.value());
      assertThat(foreign.partition()).isEqualTo(message.partition());
      List<String> differ = differing(message, foreign);
      assertThat(differ).as("kind %d", kind).hasSize(1).doesNotContainAnyElementsOf(NEEDED);
      changed.addAll(differ);
    }
    assertThat(changed).contains("traceparent", "tracestate", "ce_time");
  }

  @Test
  void largestHeaderStillFitsIntoARecord() {
    assertThat(
            IntStream.range(0, ForeignHeaders.kinds())
                .map(kind -> bytes(ForeignHeaders.on(message(), kind)))
                .max()
                .orElse(0))
        .isBetween(1_000_000, ROOM);
  }

  private static List<String> differing(
      ConsumerRecord<byte[], byte[]> message, ProducerRecord<byte[], byte[]> foreign) {
    Set<String> names = new HashSet<>();
    message.headers().forEach(header -> names.add(header.key()));
    foreign.headers().forEach(header -> names.add(header.key()));
    return names.stream()
        .filter(
            name ->
                !values(message.headers().headers(name))
                    .equals(values(foreign.headers().headers(name))))
        .toList();
  }

  private static List<String> values(Iterable<Header> headers) {
    return StreamSupport.stream(headers.spliterator(), false)
        .map(header -> Arrays.toString(header.value()))
        .toList();
  }

  private static int bytes(ProducerRecord<byte[], byte[]> foreign) {
    int bytes = 0;
    for (Header header : foreign.headers()) {
      bytes += header.key().length() + (header.value() == null ? 0 : header.value().length);
    }
    return bytes;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
