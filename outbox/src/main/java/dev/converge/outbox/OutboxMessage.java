package dev.converge.outbox;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import java.util.Objects;
import java.util.UUID;

/**
 * A message to publish once the transaction that appends it commits.
 *
 * @param id unique, UUIDv7; becomes {@code ce_id}, by which consumers deduplicate
 * @param topic the Kafka topic, by Kafka's rule: 1 to 249 ASCII letters, digits, dots, underscores
 *     and hyphens
 * @param aggregateId the record key, 1 to 1,000 bytes: messages of one aggregate stay in order
 * @param sequence 1, 2, 3 … per aggregate and sender, without a gap, so that a loss can be detected
 * @param payload the content
 * @param origin its conversation, its cause and its trace
 */
public record OutboxMessage(
    UUID id,
    String topic,
    String aggregateId,
    long sequence,
    Payload payload,
    MessageOrigin origin) {

  private static final TimeBasedEpochGenerator IDS = Generators.timeBasedEpochGenerator();

  public OutboxMessage {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(aggregateId, "aggregateId");
    Objects.requireNonNull(payload, "payload");
    Objects.requireNonNull(origin, "origin");
    if (sequence < 1) {
      throw new IllegalArgumentException("sequence: " + sequence + " (expected: > 0)");
    }
    MessageBounds.require("topic", topic, MessageBounds.isTopic(topic), "a valid Kafka name");
    MessageBounds.require(
        "aggregateId",
        aggregateId,
        MessageBounds.isAggregateId(aggregateId),
        "1 to " + MessageBounds.MAX_AGGREGATE_ID_BYTES + " bytes");
  }

  /** A message that begins a conversation and a trace of its own. */
  public OutboxMessage(String topic, String aggregateId, long sequence, Payload payload) {
    this(newId(), topic, aggregateId, sequence, payload);
  }

  private OutboxMessage(UUID id, String topic, String aggregateId, long sequence, Payload payload) {
    this(id, topic, aggregateId, sequence, payload, new MessageOrigin(id, null, null));
  }

  /** This message, caused by another one: in its conversation and its trace. */
  public OutboxMessage inReplyTo(InboundMessage cause) {
    UUID conversation = cause.correlationId() == null ? cause.id() : cause.correlationId();
    return withOrigin(new MessageOrigin(conversation, cause.id(), cause.traceparent()));
  }

  /** This message with another origin. */
  public OutboxMessage withOrigin(MessageOrigin other) {
    return new OutboxMessage(id, topic, aggregateId, sequence, payload, other);
  }

  /** A new UUIDv7 (RFC 9562): unique, and ordered by the time at which it was created. */
  static UUID newId() {
    return IDS.generate();
  }
}
