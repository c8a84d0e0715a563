package dev.converge.outbox;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * The maximum sizes of a message's parts. They hold for sent and received messages and, in {@code
 * V002__message_bounds.sql}, for rows of the outbox. A message within them takes less than
 * 1,010,000 bytes with all its headers, and fits Kafka's default of 1 MiB.
 */
final class MessageBounds {
  /** In bytes of UTF-8. */
  static final int MAX_PAYLOAD_BYTES = 1_000_000;

  /** In bytes of UTF-8. */
  static final int MAX_AGGREGATE_ID_BYTES = 1_000;

  static final int MAX_TYPE_LENGTH = 255;

  private static final int MAX_SHOWN = 100;

  // Kafka's own rule. A name that breaks it stops the connector's producer.
  private static final Pattern TOPIC = Pattern.compile("(?!\\.{1,2}$)[a-zA-Z0-9._-]{1,249}");

  private MessageBounds() {}

  /** Whether the name is valid in Kafka. */
  static boolean isTopic(String name) {
    return TOPIC.matcher(name).matches();
  }

  /** Whether a type name consists of 1 to 255 printable ASCII characters without spaces. */
  static boolean isType(String name) {
    return !name.isEmpty()
        && name.length() <= MAX_TYPE_LENGTH
        && name.chars().allMatch(c -> c > ' ' && c <= '~');
  }

  static boolean isAggregateId(String id) {
    return !id.isEmpty() && isAtMost(id, MAX_AGGREGATE_ID_BYTES);
  }

  static boolean isPayload(String payload) {
    return isAtMost(payload, MAX_PAYLOAD_BYTES);
  }

  /**
   * Refuses a value that breaks its bound.
   *
   * @throws IllegalArgumentException names the part, the value and what was expected
   */
  static void require(String part, String value, boolean isValid, String expected) {
    if (!isValid) {
      String shown = value.length() > MAX_SHOWN ? value.substring(0, MAX_SHOWN) + "…" : value;
      throw new IllegalArgumentException(part + ": " + shown + " (expected: " + expected + ")");
    }
  }

  private static boolean isAtMost(String text, int bytes) {
    // A char takes three bytes at most.
    return text.length() <= bytes / 3 || text.getBytes(StandardCharsets.UTF_8).length <= bytes;
  }
}
