package dev.converge.outbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;

/** Records as a sender's connector writes them. */
final class CloudEvents {
  static final String TYPE = "dev.converge.test.Noted.v1";

  private CloudEvents() {}

  static ProducerRecord<byte[], byte[]> event(String topic, String payload) {
    return event(topic, OutboxMessage.newId(), payload);
  }

  static ProducerRecord<byte[], byte[]> event(String topic, UUID id, String payload) {
    return event(topic, "aggregate-1", id, payload);
  }

  static ProducerRecord<byte[], byte[]> event(
      String topic, String aggregate, UUID id, String payload) {
    ProducerRecord<byte[], byte[]> event =
        new ProducerRecord<>(topic, aggregate.getBytes(UTF_8), payload.getBytes(UTF_8));
    event.headers().add("ce_id", id.toString().getBytes(UTF_8));
    event.headers().add("ce_type", TYPE.getBytes(UTF_8));
    return event;
  }

  /** Events with the payloads 1, 2, 3 …. */
  static List<ProducerRecord<byte[], byte[]>> events(String topic, int count) {
    return IntStream.rangeClosed(1, count).mapToObj(n -> event(topic, "" + n)).toList();
  }

  /** Events with the payloads and of the aggregates from one number to another. */
  static List<ProducerRecord<byte[], byte[]>> ofAggregates(String topic, int from, int to) {
    return IntStream.rangeClosed(from, to)
        .mapToObj(n -> event(topic, "aggregate-" + n, OutboxMessage.newId(), "" + n))
        .toList();
  }

  static String header(ConsumerRecord<byte[], byte[]> entry, String name) {
    Header header = entry.headers().lastHeader(name);
    return header == null || header.value() == null ? "(none)" : new String(header.value(), UTF_8);
  }

  static String value(ConsumerRecord<byte[], byte[]> entry) {
    return new String(entry.value(), UTF_8);
  }
}
