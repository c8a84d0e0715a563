package dev.converge.outbox;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** Reads CloudEvents 1.0 in Kafka's binary content mode out of consumer records. */
final class Records {
  private Records() {}

  /** The record as a message; refused as unprocessable where it is not a CloudEvent of ours. */
  static InboundMessage message(ConsumerRecord<byte[], byte[]> entry) {
    String key = text(entry.key());
    String payload = text(entry.value());
    String type = header(entry, "ce_type");
    UUID id = uuid(entry, "ce_id");
    if (id == null || type == null || key == null || payload == null) {
      throw new UnprocessableMessageException(
          "not a CloudEvent: ce_id, ce_type, key and value are all needed");
    }
    return new InboundMessage(
        id,
        type,
        key,
        payload,
        uuid(entry, "ce_correlationid"),
        uuid(entry, "ce_causationid"),
        time(header(entry, "ce_time")),
        header(entry, "traceparent"),
        source(entry));
  }

  static InboundMessage.Source source(ConsumerRecord<byte[], byte[]> entry) {
    return new InboundMessage.Source(entry.topic(), entry.partition(), entry.offset());
  }

  /** The id that stands for a record: its own, or one derived from its place and time. */
  static UUID idOf(ConsumerRecord<byte[], byte[]> entry) {
    try {
      UUID id = uuid(entry, "ce_id");
      if (id != null) {
        return id;
      }
    } catch (UnprocessableMessageException unreadable) {
      // Falls through: the record is parked under the id of its place.
    }
    String place =
        entry.topic() + "/" + entry.partition() + "/" + entry.offset() + "/" + entry.timestamp();
    return UUID.nameUUIDFromBytes(place.getBytes(StandardCharsets.UTF_8));
  }

  static Map<String, String> headers(ConsumerRecord<byte[], byte[]> entry) {
    Map<String, String> headers = new LinkedHashMap<>();
    entry
        .headers()
        .forEach(header -> headers.put(header.key(), String.valueOf(text(header.value()))));
    return headers;
  }

  private static @Nullable UUID uuid(ConsumerRecord<byte[], byte[]> entry, String name) {
    String value = header(entry, name);
    if (value == null) {
      return null;
    }
    try {
      return UUID.fromString(value);
    } catch (IllegalArgumentException e) {
      throw new UnprocessableMessageException(name + ": " + value + " (expected: a UUID)", e);
    }
  }

  private static @Nullable Instant time(@Nullable String value) {
    try {
      return value == null ? null : OffsetDateTime.parse(value).toInstant();
    } catch (DateTimeException e) {
      throw new UnprocessableMessageException("ce_time: " + value + " (expected: RFC 3339)", e);
    }
  }

  private static @Nullable String header(ConsumerRecord<byte[], byte[]> entry, String name) {
    Header header = entry.headers().lastHeader(name);
    return header == null ? null : text(header.value());
  }

  private static @Nullable String text(byte @Nullable [] bytes) {
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }
}
