package dev.converge.order.saga;

import java.time.Instant;
import java.util.UUID;

/**
 * A line of a saga's timeline.
 *
 * @param signal the label of the signal that caused it
 * @param sent the names of the messages it sent, separated by spaces
 */
public record SagaTransition(
    UUID orderId,
    int version,
    Instant at,
    String signal,
    SagaStatus status,
    String step,
    int attempt,
    String sent) {}
