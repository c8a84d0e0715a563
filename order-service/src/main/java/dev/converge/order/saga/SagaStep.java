package dev.converge.order.saga;

import dev.converge.order.domain.AbortReason;
import dev.converge.order.domain.Order;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One step of a saga: what is asked of whom, which replies end it, and how it is undone.
 *
 * @param name as it stands in the timeline
 * @param topic whom it asks
 * @param command what it asks
 * @param condition what an order must meet to be asked for; null where every order may be
 * @param unmet why an order that does not is aborted
 * @param success the reply that takes the saga on
 * @param refusal the reply that says nothing was done, if the participant may refuse
 * @param reason why the order is aborted on a refusal
 * @param undo what undoes it; a step after the pivot has none, and is asked for until it succeeds
 * @param undone the reply that says it is undone
 * @param isPivot once this step has succeeded, the saga only goes forward
 */
record SagaStep(
    String name,
    String topic,
    Function<Order, Record> command,
    @Nullable Predicate<Order> condition,
    @Nullable AbortReason unmet,
    @Nullable Class<? extends Record> success,
    @Nullable Class<? extends Record> refusal,
    @Nullable Function<Record, AbortReason> reason,
    @Nullable Function<Order, Record> undo,
    @Nullable Class<? extends Record> undone,
    boolean isPivot) {

  static SagaStep step(String name, String topic, Function<Order, Record> command) {
    return new SagaStep(name, topic, command, null, null, null, null, null, null, null, false);
  }

  /** Nothing is asked for an order that does not meet the condition: it is aborted. */
  SagaStep requires(Predicate<Order> met, AbortReason otherwise) {
    return new SagaStep(
        name, topic, command, met, otherwise, success, refusal, reason, undo, undone, isPivot);
  }

  /** Why an order cannot be asked for; null where it can. */
  @Nullable AbortReason obstacle(Order order) {
    return condition == null || condition.test(order) ? null : unmet;
  }

  SagaStep succeedsOn(Class<? extends Record> reply) {
    return new SagaStep(
        name, topic, command, condition, unmet, reply, refusal, reason, undo, undone, isPivot);
  }

  <R extends Record> SagaStep refusedOn(Class<R> reply, Function<R, AbortReason> why) {
    Function<Record, AbortReason> whyOf = refused -> why.apply(reply.cast(refused));
    return new SagaStep(
        name, topic, command, condition, unmet, success, reply, whyOf, undo, undone, isPivot);
  }

  SagaStep undoneBy(Function<Order, Record> undoCommand, Class<? extends Record> reply) {
    return new SagaStep(
        name,
        topic,
        command,
        condition,
        unmet,
        success,
        refusal,
        reason,
        undoCommand,
        reply,
        isPivot);
  }

  SagaStep pivot() {
    return new SagaStep(
        name, topic, command, condition, unmet, success, refusal, reason, undo, undone, true);
  }
}
