package dev.converge.order.saga;

import dev.converge.order.domain.AbortReason;
import dev.converge.order.domain.Order;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One step of a saga: its command, the replies that end it, and how it is undone.
 *
 * @param name its name in the timeline
 * @param request the command and the topic it is sent to
 * @param success the reply that takes the saga to the next step
 * @param precondition on the order; null if every order may take this step
 * @param refusal the reply by which the participant refuses; null if it cannot refuse
 * @param undo how the step is undone; null after the pivot, where the command is sent until it
 *     succeeds
 * @param isPivot once this step has succeeded, the saga only goes forward
 */
record SagaStep(
    String name,
    Request request,
    @Nullable Class<? extends SagaReply> success,
    @Nullable Precondition precondition,
    @Nullable Refusal refusal,
    @Nullable Undo undo,
    boolean isPivot) {

  /** A command and the topic of the participant that handles it. */
  record Request(String topic, Function<Order, SagaCommand> command) {}

  /** An order that does not meet the condition is aborted, and the command is not sent. */
  record Precondition(Predicate<Order> met, AbortReason otherwise) {}

  /** A reply that reports no effect, and the reason to abort that follows from it. */
  record Refusal(Class<? extends SagaReply> reply, Function<SagaReply, AbortReason> reason) {}

  /** The command that undoes the step, and the reply that confirms it. */
  record Undo(Function<Order, SagaCommand> command, Class<? extends SagaReply> reply) {}

  static SagaStep step(String name, String topic, Function<Order, SagaCommand> command) {
    return new SagaStep(name, new Request(topic, command), null, null, null, null, false);
  }

  SagaStep requires(Predicate<Order> met, AbortReason otherwise) {
    Precondition required = new Precondition(met, otherwise);
    return new SagaStep(name, request, success, required, refusal, undo, isPivot);
  }

  SagaStep succeedsOn(Class<? extends SagaReply> reply) {
    return new SagaStep(name, request, reply, precondition, refusal, undo, isPivot);
  }

  <R extends SagaReply> SagaStep refusedOn(Class<R> reply, Function<R, AbortReason> reason) {
    Refusal refused = new Refusal(reply, refusing -> reason.apply(reply.cast(refusing)));
    return new SagaStep(name, request, success, precondition, refused, undo, isPivot);
  }

  SagaStep undoneBy(Function<Order, SagaCommand> command, Class<? extends SagaReply> reply) {
    Undo undoing = new Undo(command, reply);
    return new SagaStep(name, request, success, precondition, refusal, undoing, isPivot);
  }

  SagaStep pivot() {
    return new SagaStep(name, request, success, precondition, refusal, undo, true);
  }

  /** Why an order cannot take this step; null if it can. */
  @Nullable AbortReason obstacle(Order order) {
    return precondition == null || precondition.met().test(order) ? null : precondition.otherwise();
  }

  boolean isCompletedBy(SagaReply reply) {
    return success == reply.getClass();
  }

  boolean isRefusedBy(SagaReply reply) {
    return refusal != null && refusal.reply() == reply.getClass();
  }

  boolean isUndoneBy(SagaReply reply) {
    return undo != null && undo.reply() == reply.getClass();
  }
}
