package dev.converge.order.saga;

import java.util.UUID;

/**
 * Answers a command.
 *
 * <p>Not sealed: each step of a {@link SagaDefinition} declares its replies, and a test declares
 * steps that the product does not have. The replies that the order service receives are sealed:
 * {@link ParticipantMessages.Reply}.
 */
public interface SagaReply {
  UUID orderId();
}
