package dev.converge.outbox;

import java.nio.charset.StandardCharsets;

/**
 * A message's content.
 *
 * @param type stable, versioned name of the content's shape; becomes {@code ce_type}. 1 to 255
 *     printable ASCII characters without spaces
 * @param json at most 1,000,000 bytes of UTF-8 without U+0000, published byte for byte
 */
public record Payload(String type, String json) {
  public Payload {
    // Refused here, it fails one transaction. Refused by Kafka, it would fail the connector's task,
    // and stop the publication of all later messages.
    MessageBounds.require(
        "type",
        type,
        MessageBounds.isType(type),
        "1 to " + MessageBounds.MAX_TYPE_LENGTH + " printable ASCII characters without spaces");
    if (!MessageBounds.isPayload(json)) {
      throw new IllegalArgumentException(
          "payload: "
              + json.getBytes(StandardCharsets.UTF_8).length
              + " bytes (expected: at most "
              + MessageBounds.MAX_PAYLOAD_BYTES
              + ")");
    }
  }
}
