package dev.converge.outbox;

import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message that could not be handled. Key, headers and payload are kept byte for byte. It has a
 * component for each column of the table {@code dead_letter}.
 *
 * @param id of this dead letter
 * @param consumer the consumer that could not handle it
 * @param messageId its {@code ce_id}, or an id derived from its place if it had none
 * @param topic the topic it was read from, with partition and offset
 * @param keyBytes the record's key
 * @param recordHeaders the record's headers, in their order, also those with the same name
 * @param payloadBytes the record's value
 * @param reason why it was parked
 * @param parkedAt when it was parked
 * @param replayedAt when an operator's replay succeeded
 */
public record DeadLetter(
    UUID id,
    String consumer,
    UUID messageId,
    String topic,
    int partition,
    long offset,
    @Nullable Buffer keyBytes,
    List<Header> recordHeaders,
    @Nullable Buffer payloadBytes,
    String reason,
    Instant parkedAt,
    @Nullable Instant replayedAt) {

  /** A header of a record; Kafka allows one without a value. */
  public record Header(String name, @Nullable Buffer value) {}

  public DeadLetter {
    recordHeaders = List.copyOf(recordHeaders);
  }

  /** The key as text. Bytes that are not UTF-8 become U+FFFD: use {@link #keyBytes} instead. */
  public @Nullable String key() {
    return text(keyBytes);
  }

  /** The payload as text, as {@link #key}. */
  public @Nullable String payload() {
    return text(payloadBytes);
  }

  /** The last value of each header as text, as {@link #key}; those without a value are left out. */
  public Map<String, String> headers() {
    Map<String, String> headers = new LinkedHashMap<>();
    for (Header header : recordHeaders) {
      String value = text(header.value());
      if (value == null) {
        headers.remove(header.name());
      } else {
        headers.put(header.name(), value);
      }
    }
    return headers;
  }

  /** The value of the last header of a name; null if it has no value or does not exist. */
  byte @Nullable [] lastHeader(String name) {
    byte[] last = null;
    for (Header header : recordHeaders) {
      if (header.name().equals(name)) {
        last = header.value() == null ? null : header.value().getBytes();
      }
    }
    return last;
  }

  private static @Nullable String text(@Nullable Buffer bytes) {
    return bytes == null ? null : bytes.toString();
  }
}
