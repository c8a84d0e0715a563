package dev.converge.order.saga;

import java.util.UUID;

/** A message of a saga: a command to a participant, or the event at the end of its order. */
public sealed interface SagaMessage permits SagaCommand, ParticipantMessages.OrderEvent {
  UUID orderId();
}
