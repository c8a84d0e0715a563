package dev.converge.outbox;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import io.opentelemetry.api.trace.Span;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message to publish once the transaction that appends it commits.
 *
 * @param id unique, UUIDv7; becomes {@code ce_id} and is what consumers deduplicate by
 * @param topic the Kafka topic, by Kafka's rule: 1 to 249 ASCII letters, digits, dots, underscores
 *     and hyphens
 * @param aggregateId the record key, 1 to 1,000 bytes: messages of one aggregate stay in order
 * @param sequence 1, 2, 3 … per aggregate and sender, without a gap, so that a loss can be seen
 * @param type stable, versioned name of the payload's shape; becomes {@code ce_type}. 1 to 255
 *     printable ASCII characters without spaces
 * @param payload JSON of at most 1,000,000 bytes, published byte for byte
 * @param correlationId the conversation this message belongs to
 * @param causationId the message that caused this one, if a message did
 * @param traceparent W3C context in which the message was made. Null begins a new trace; so does
 *     text that is not valid, which is replaced by null: a trace never decides over a message
 */
public record OutboxMessage(
    UUID id,
    String topic,
    String aggregateId,
    long sequence,
    String type,
    String payload,
    UUID correlationId,
    @Nullable UUID causationId,
    @Nullable String traceparent) {

  private static final int MAX_SHOWN = 100;

  private static final TimeBasedEpochGenerator IDS = Generators.timeBasedEpochGenerator();

  public OutboxMessage {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(aggregateId, "aggregateId");
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(payload, "payload");
    Objects.requireNonNull(correlationId, "correlationId");
    if (sequence < 1) {
      throw new IllegalArgumentException("sequence: " + sequence + " (expected: > 0)");
    }
    // Refused here, where it fails one transaction: Kafka's refusal would end the connector's task,
    // and with it the publication of everything behind.
    check("topic", topic, MessageBounds.isTopic(topic), "a name that Kafka takes");
    check(
        "aggregateId",
        aggregateId,
        MessageBounds.isAggregateId(aggregateId),
        "1 to " + MessageBounds.MAX_AGGREGATE_ID_BYTES + " bytes");
    check(
        "type",
        type,
        MessageBounds.isType(type),
        "1 to " + MessageBounds.MAX_TYPE_LENGTH + " printable ASCII characters without spaces");
    if (!MessageBounds.isPayload(payload)) {
      throw new IllegalArgumentException(
          "payload: "
              + payload.getBytes(StandardCharsets.UTF_8).length
              + " bytes (expected: at most "
              + MessageBounds.MAX_PAYLOAD_BYTES
              + ")");
    }
    traceparent = Traceparent.valid(traceparent);
  }

  private static void check(String name, String value, boolean isValid, String expected) {
    if (!isValid) {
      String shown = value.length() > MAX_SHOWN ? value.substring(0, MAX_SHOWN) + "…" : value;
      throw new IllegalArgumentException(name + ": " + shown + " (expected: " + expected + ")");
    }
  }

  /** A new UUIDv7 (RFC 9562): unique, and ordered by the time it was made. */
  public static UUID newId() {
    return IDS.generate();
  }

  /** The W3C context of a span, to make messages in; none where the span is not valid. */
  public static @Nullable String traceparent(Span span) {
    return Traceparent.of(span).map(Traceparent::toString).orElse(null);
  }
}
