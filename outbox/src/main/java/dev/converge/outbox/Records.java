package dev.converge.outbox;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
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
    Map<String, String> headers = headers(entry);
    return message(
        uuid(headers.get("ce_id"), "ce_id"),
        headers,
        utf8(entry.key(), "key"),
        utf8(entry.value(), "value"),
        source(entry));
  }

  /** The message that these parts of a record make. */
  static InboundMessage message(
      @Nullable UUID id,
      Map<String, String> headers,
      @Nullable String key,
      @Nullable String payload,
      InboundMessage.Source source) {
    String type = headers.get("ce_type");
    if (id == null || type == null || key == null || payload == null) {
      throw new UnprocessableMessageException(
          "not a CloudEvent: ce_id, ce_type, key and value are all needed");
    }
    return new InboundMessage(
        id,
        type,
        key,
        payload,
        uuid(headers.get("ce_correlationid"), "ce_correlationid"),
        uuid(headers.get("ce_causationid"), "ce_causationid"),
        time(headers.get("ce_time")),
        headers.get("traceparent"),
        source);
  }

  static InboundMessage.Source source(ConsumerRecord<byte[], byte[]> entry) {
    return new InboundMessage.Source(entry.topic(), entry.partition(), entry.offset());
  }

  /** The id that stands for a record: its own, or one derived from its place and time. */
  static UUID idOf(ConsumerRecord<byte[], byte[]> entry) {
    try {
      UUID id = uuid(headers(entry).get("ce_id"), "ce_id");
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

  /** The headers as text; one without a value says as much as one that is not there. */
  static Map<String, String> headers(ConsumerRecord<byte[], byte[]> entry) {
    Map<String, String> headers = new LinkedHashMap<>();
    for (Header header : entry.headers()) {
      String value = text(header.value());
      if (value == null) {
        headers.remove(header.key());
      } else {
        headers.put(header.key(), value);
      }
    }
    return headers;
  }

  private static @Nullable UUID uuid(@Nullable String value, String name) {
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

  /**
   * Bytes as text; refused as unprocessable where they are none. To read on with a substitute for
   * what cannot be read would be to handle another message than was sent.
   */
  static @Nullable String utf8(byte @Nullable [] bytes, String name) {
    if (bytes == null) {
      return null;
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new UnprocessableMessageException(name + " is no UTF-8", e);
    }
  }

  private static @Nullable String text(byte @Nullable [] bytes) {
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }
}
