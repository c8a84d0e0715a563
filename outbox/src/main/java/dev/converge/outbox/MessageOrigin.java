package dev.converge.outbox;

import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Where a message comes from.
 *
 * @param correlationId the conversation it belongs to
 * @param causationId the message that caused it, if a message did
 * @param traceparent W3C context in which it was created. Null begins a new trace; so does text
 *     that is not valid, which is replaced by null: a trace never decides over a message
 */
public record MessageOrigin(
    UUID correlationId, @Nullable UUID causationId, @Nullable String traceparent) {
  public MessageOrigin {
    Objects.requireNonNull(correlationId, "correlationId");
    traceparent = Traceparent.valid(traceparent);
  }
}
