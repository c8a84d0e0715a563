package dev.converge.outbox;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message taken from a topic: a CloudEvent in Kafka's binary mode, with a component for each of
 * its attributes.
 *
 * @param id {@code ce_id}
 * @param type {@code ce_type}
 * @param aggregateId the record key
 * @param payload the record's value
 * @param correlationId {@code ce_correlationid}
 * @param causationId {@code ce_causationid}
 * @param time {@code ce_time}: when the sender's transaction appended it
 * @param traceparent W3C context to continue: that of the span that processes this message
 * @param source topic, partition and offset
 */
public record InboundMessage(
    UUID id,
    String type,
    String aggregateId,
    String payload,
    @Nullable UUID correlationId,
    @Nullable UUID causationId,
    @Nullable Instant time,
    @Nullable String traceparent,
    Source source) {

  /** Where a message was read. */
  public record Source(String topic, int partition, long offset) {}

  InboundMessage withTraceparent(@Nullable String processing) {
    return new InboundMessage(
        id, type, aggregateId, payload, correlationId, causationId, time, processing, source);
  }
}
