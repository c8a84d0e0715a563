package dev.converge.outbox;

import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The conversation, the cause and the trace of a message.
 *
 * @param correlationId the conversation it belongs to
 * @param causationId the message that caused it, if there is one
 * @param traceparent W3C context in which it was created. Null begins a new trace; so does invalid
 *     text, which is replaced by null
 */
public record MessageOrigin(
    UUID correlationId, @Nullable UUID causationId, @Nullable String traceparent) {
  public MessageOrigin {
    Objects.requireNonNull(correlationId, "correlationId");
    traceparent = Traceparent.valid(traceparent);
  }
}
