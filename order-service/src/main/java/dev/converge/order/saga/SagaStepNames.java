package dev.converge.order.saga;

import org.jspecify.annotations.Nullable;

/**
 * A step of a saga by the names of its messages, for readers that have no code of it.
 *
 * @param refusal absent if the participant cannot refuse
 * @param undo absent after the pivot
 */
public record SagaStepNames(
    String name,
    String topic,
    String command,
    String success,
    @Nullable String refusal,
    @Nullable String undo,
    @Nullable String undoReply,
    boolean isPivot) {}
