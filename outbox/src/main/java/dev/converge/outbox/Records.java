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
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Reads CloudEvents 1.0 in Kafka's binary content mode out of consumer records.
 *
 * <p>{@code ce_id}, {@code ce_type}, key and value are required, and are read strictly. All other
 * headers are optional: one that cannot be read counts as absent. Of several headers with the same
 * name, the last one counts.
 */
final class Records {
  /** Longer than any header that is read. */
  private static final int MAX_HEADER_BYTES = 1_000;

  private static final int UUID_LENGTH = 36;
  private static final int MAX_SHOWN = 100;

  private Records() {}

  /** Parses a record; refuses one that is not a CloudEvent as unprocessable. */
  static InboundMessage message(ConsumerRecord<byte[], byte[]> entry) {
    Function<String, byte @Nullable []> headers = name -> last(entry, name);
    String id = text(headers.apply("ce_id"));
    UUID parsed = uuid(id);
    if (id != null && parsed == null) {
      throw new UnprocessableMessageException("ce_id: " + shown(id) + " (expected: a UUID)");
    }
    return message(parsed, headers, entry.key(), entry.value(), source(entry));
  }

  /**
   * Builds a message from the parts of a record.
   *
   * @param headers the last value of each header, by name
   */
  static InboundMessage message(
      @Nullable UUID id,
      Function<String, byte @Nullable []> headers,
      byte @Nullable [] key,
      byte @Nullable [] value,
      InboundMessage.Source source) {
    byte[] type = headers.apply("ce_type");
    if (id == null || type == null || key == null || value == null) {
      throw new UnprocessableMessageException(
          "not a CloudEvent: " + missing(id, type, key) + " is missing");
    }
    return new InboundMessage(
        id,
        type(type),
        aggregateId(key),
        payload(value),
        uuid(text(headers.apply("ce_correlationid"))),
        uuid(text(headers.apply("ce_causationid"))),
        time(text(headers.apply("ce_time"))),
        Traceparent.valid(text(headers.apply("traceparent"))),
        source);
  }

  private static String missing(@Nullable UUID id, byte @Nullable [] type, byte @Nullable [] key) {
    if (key == null) {
      return "the key";
    }
    return id == null ? "ce_id" : type == null ? "ce_type" : "the value";
  }

  private static String type(byte[] bytes) {
    String type = new String(bytes, StandardCharsets.UTF_8);
    if (!MessageBounds.isType(type)) {
      throw new UnprocessableMessageException(
          "ce_type: "
              + shown(type)
              + " (expected: 1 to "
              + MessageBounds.MAX_TYPE_LENGTH
              + " printable ASCII characters without spaces)");
    }
    return type;
  }

  private static String aggregateId(byte[] key) {
    if (key.length == 0 || key.length > MessageBounds.MAX_AGGREGATE_ID_BYTES) {
      throw new UnprocessableMessageException(
          "key: "
              + key.length
              + " bytes (expected: 1 to "
              + MessageBounds.MAX_AGGREGATE_ID_BYTES
              + ")");
    }
    return utf8(key, "key");
  }

  private static String payload(byte[] value) {
    if (value.length > MessageBounds.MAX_PAYLOAD_BYTES) {
      throw new UnprocessableMessageException(
          "value: "
              + value.length
              + " bytes (expected: at most "
              + MessageBounds.MAX_PAYLOAD_BYTES
              + ")");
    }
    return utf8(value, "value");
  }

  static InboundMessage.Source source(ConsumerRecord<byte[], byte[]> entry) {
    return new InboundMessage.Source(entry.topic(), entry.partition(), entry.offset());
  }

  /** The record's own id, or one derived from its place and time. */
  static UUID idOf(ConsumerRecord<byte[], byte[]> entry) {
    UUID id = uuid(text(last(entry, "ce_id")));
    if (id != null) {
      return id;
    }
    String place =
        entry.topic() + "/" + entry.partition() + "/" + entry.offset() + "/" + entry.timestamp();
    return UUID.nameUUIDFromBytes(place.getBytes(StandardCharsets.UTF_8));
  }

  /** The headers as text; one without a value counts as absent. */
  static Map<String, String> headers(ConsumerRecord<byte[], byte[]> entry) {
    Map<String, String> headers = new LinkedHashMap<>();
    for (Header header : entry.headers()) {
      byte[] value = header.value();
      if (value == null) {
        headers.remove(header.key());
      } else {
        headers.put(header.key(), new String(value, StandardCharsets.UTF_8));
      }
    }
    return headers;
  }

  private static byte @Nullable [] last(ConsumerRecord<byte[], byte[]> entry, String name) {
    Header header = entry.headers().lastHeader(name);
    return header == null ? null : header.value();
  }

  /**
   * Parses an id in its full form; null if it is not one. Java alone also accepts {@code
   * 1-1-1-1-1}.
   */
  private static @Nullable UUID uuid(@Nullable String text) {
    if (text == null || text.length() != UUID_LENGTH) {
      return null;
    }
    try {
      UUID id = UUID.fromString(text);
      return id.toString().equalsIgnoreCase(text) ? id : null;
    } catch (IllegalArgumentException notAnId) {
      // The caller decides whether an id is required.
      return null;
    }
  }

  /**
   * Parses the time, which is optional: one that cannot be read, such as a leap second, is null.
   */
  private static @Nullable Instant time(@Nullable String text) {
    try {
      return text == null ? null : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException notKnown) {
      return null;
    }
  }

  /**
   * Decodes text; refuses bytes that are not UTF-8 as unprocessable. With replacement characters,
   * the message would differ from the one that was sent.
   */
  private static String utf8(byte[] bytes, String name) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new UnprocessableMessageException(name + " is not UTF-8", e);
    }
  }

  // For headers with a grammar of ASCII, which no replacement character passes.
  private static @Nullable String text(byte @Nullable [] bytes) {
    return bytes == null || bytes.length > MAX_HEADER_BYTES
        ? null
        : new String(bytes, StandardCharsets.UTF_8);
  }

  // The text is written to a log and to an operator's terminal.
  private static String shown(String text) {
    String start = text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "…" : text;
    return start.replaceAll("[^ -~…]", "?");
  }
}
