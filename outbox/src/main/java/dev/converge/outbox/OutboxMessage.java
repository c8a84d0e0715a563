package dev.converge.outbox;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message to publish once the transaction that appends it commits.
 *
 * @param id unique, UUIDv7; becomes {@code ce_id} and is what consumers deduplicate by
 * @param topic the Kafka topic
 * @param aggregateId the record key: messages of one aggregate stay in order
 * @param sequence 1, 2, 3 … per aggregate and sender, without a gap, so that a loss can be seen
 * @param type stable, versioned name of the payload's shape; becomes {@code ce_type}
 * @param payload JSON of at most 1,000,000 bytes, published byte for byte
 * @param correlationId the conversation this message belongs to
 * @param causationId the message that caused this one, if a message did
 * @param traceparent W3C context in which the message was made, if there is one
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

  /** Kafka's default for a record is 1 MiB; the rest is left to key and headers. */
  private static final int MAX_PAYLOAD_BYTES = 1_000_000;

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
    if (payload.length() > MAX_PAYLOAD_BYTES / 3
        && payload.getBytes(StandardCharsets.UTF_8).length > MAX_PAYLOAD_BYTES) {
      throw new IllegalArgumentException(
          "payload: "
              + payload.getBytes(StandardCharsets.UTF_8).length
              + " bytes (expected: at most "
              + MAX_PAYLOAD_BYTES
              + ")");
    }
  }

  /** A new UUIDv7 (RFC 9562): unique, and ordered by the time it was made. */
  public static UUID newId() {
    return IDS.generate();
  }

  /** The W3C context of a span, to make messages in; none where the span is not valid. */
  public static @Nullable String traceparent(Span span) {
    Map<String, String> carrier = new HashMap<>();
    W3CTraceContextPropagator.getInstance()
        .inject(
            Context.root().with(span),
            carrier,
            (map, key, value) -> {
              if (map != null) {
                map.put(key, value);
              }
            });
    return carrier.get("traceparent");
  }
}
