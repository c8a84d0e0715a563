package dev.converge.order.saga;

/**
 * Asks a participant for a step, or for its undo.
 *
 * <p>Not sealed, as {@link SagaReply} is not; {@link ParticipantMessages.Command} is.
 */
public non-sealed interface SagaCommand extends SagaMessage {}
