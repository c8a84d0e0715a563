package dev.converge.order.saga;

import static java.util.Objects.requireNonNull;

import dev.converge.order.domain.AbortReason;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.saga.ParticipantMessages.OrderCancelled;
import dev.converge.order.saga.ParticipantMessages.OrderCompleted;
import dev.converge.order.saga.ParticipantMessages.OrderRejected;
import dev.converge.order.saga.SagaDecision.Advanced;
import dev.converge.order.saga.SagaDecision.Ignored;
import dev.converge.order.saga.SagaDecision.Refused;
import dev.converge.order.saga.SagaDecision.Send;
import dev.converge.order.saga.SagaSignal.CancelRequested;
import dev.converge.order.saga.SagaSignal.CompensateRequested;
import dev.converge.order.saga.SagaSignal.DeadlinePassed;
import dev.converge.order.saga.SagaSignal.Replied;
import dev.converge.order.saga.SagaSignal.SkipRequested;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a saga and the rules by which it moves. Pure: the same saga, signal and time give
 * the same decision.
 *
 * <p>The rules are those of H. Garcia-Molina and K. Salem, "Sagas", 1987, with a pivot. A deadline
 * means "maybe done": the step that timed out is undone too.
 */
public final class SagaDefinition {
  private final SagaTimes times;
  private final List<SagaStep> steps;

  private SagaDefinition(SagaTimes times, List<SagaStep> steps) {
    this.times = times;
    this.steps = steps;
  }

  /**
   * A saga of these steps, in this order.
   *
   * @throws IllegalArgumentException where they do not make a saga: a service does not start with
   *     one that could get lost
   */
  static SagaDefinition saga(SagaTimes times, SagaStep... steps) {
    SagaDefinition definition = new SagaDefinition(times, List.of(steps));
    definition.validate();
    return definition;
  }

  private void validate() {
    require(steps.stream().filter(SagaStep::isPivot).count() == 1, "one step is the pivot");
    require(
        steps.stream().map(SagaStep::name).distinct().count() == steps.size(), "names are unique");
    int pivot = pivot();
    for (int i = 0; i < steps.size(); i++) {
      SagaStep step = steps.get(i);
      require(step.success() != null, step.name() + " has a reply that ends it");
      require((step.undo() != null) == (i <= pivot), step.name() + " has an undo up to the pivot");
      require(
          step.refusal() == null || i <= pivot, step.name() + " is not refused after the pivot");
      require(
          step.condition() == null || (i > 0 && i <= pivot),
          step.name() + " has a condition only after the first step and up to the pivot");
    }
    List<?> replies =
        steps.stream()
            .flatMap(step -> Stream.of(step.success(), step.refusal(), step.undone()))
            .filter(Objects::nonNull)
            .toList();
    require(replies.stream().distinct().count() == replies.size(), "a reply belongs to one step");
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException("not a saga; expected: " + rule);
    }
  }

  List<SagaStep> steps() {
    return steps;
  }

  /** A new order's saga: its first command, and the wait for the reply. */
  public Advanced start(Order order, Instant now) {
    SagaStep first = steps.get(0);
    SagaInstance started =
        new SagaInstance(
            order.orderId(),
            SagaStatus.RUNNING,
            first.name(),
            1,
            null,
            1,
            1,
            now.plus(times.stepDeadline()));
    return new Advanced(started, List.of(send(first.topic(), first.command().apply(order))), null);
  }

  /** What a signal does to a saga. */
  public SagaDecision decide(SagaInstance saga, Order order, SagaSignal signal, Instant now) {
    if (signal instanceof Replied replied) {
      return replied(saga, order, replied.reply(), now);
    }
    if (signal instanceof DeadlinePassed) {
      return deadlinePassed(saga, order, now);
    }
    return signal instanceof CancelRequested
        ? cancelRequested(saga, order, now)
        : operatorRequested(saga, order, signal, now);
  }

  private SagaDecision operatorRequested(
      SagaInstance saga, Order order, SagaSignal signal, Instant now) {
    if (signal instanceof CompensateRequested) {
      return compensateRequested(saga, order, now);
    }
    if (saga.status() != SagaStatus.STUCK) {
      return new Refused("the saga is " + saga.status());
    }
    return signal instanceof SkipRequested
        ? skip(saga, order, now)
        : sendAgain(saga, order, 1, now);
  }

  /** The reply that takes a saga on, by name; nothing where it has ended. */
  public Optional<String> awaits(SagaInstance saga) {
    SagaStep step = steps.get(index(saga.step()));
    Class<?> reply = saga.goesForward() ? step.success() : step.undone();
    return saga.status().isTerminal()
        ? Optional.empty()
        : Optional.ofNullable(reply).map(Class::getSimpleName);
  }

  private SagaDecision replied(SagaInstance saga, Order order, Record reply, Instant now) {
    if (saga.status().isTerminal()) {
      return new Ignored("the saga has ended");
    }
    int index = index(saga.step());
    SagaStep step = steps.get(index);
    Class<?> type = reply.getClass();
    if (!saga.goesForward()) {
      return type == step.undone()
          ? undo(saga, order, index - 1, requireNonNull(saga.abortReason()), now)
          : new Ignored("not the undo that is awaited");
    }
    if (type == step.success()) {
      return advance(saga, order, index + 1, now);
    }
    if (type == step.refusal()) {
      // Refused means nothing was done: the step itself needs no undo.
      AbortReason reason = requireNonNull(step.reason()).apply(reply);
      return undo(saga, order, index - 1, reason, now);
    }
    return new Ignored("not the reply that is awaited");
  }

  private SagaDecision deadlinePassed(SagaInstance saga, Order order, Instant now) {
    if (saga.deadline() == null || now.isBefore(saga.deadline())) {
      return new Ignored("the deadline has not passed");
    }
    int index = index(saga.step());
    if (saga.goesForward() && index <= pivot()) {
      return undo(saga, order, index, AbortReason.TIMED_OUT, now);
    }
    return saga.attempt() < times.maxAttempts()
        ? sendAgain(saga, order, saga.attempt() + 1, now)
        : stuck(saga);
  }

  private SagaDecision cancelRequested(SagaInstance saga, Order order, Instant now) {
    if (saga.abortReason() == AbortReason.CANCELLED_BY_CUSTOMER) {
      return new Ignored("the order is cancelled already");
    }
    if (!saga.goesForward()) {
      return new Refused("the order is rejected, or about to be");
    }
    int index = index(saga.step());
    if (saga.status() != SagaStatus.RUNNING || index > pivot()) {
      return new Refused("the order is paid");
    }
    return undo(saga, order, index, AbortReason.CANCELLED_BY_CUSTOMER, now);
  }

  /** What the awaited reply would do. */
  private SagaDecision skip(SagaInstance saga, Order order, Instant now) {
    int index = index(saga.step());
    return saga.goesForward()
        ? advance(saga, order, index + 1, now)
        : undo(saga, order, index - 1, requireNonNull(saga.abortReason()), now);
  }

  private SagaDecision compensateRequested(SagaInstance saga, Order order, Instant now) {
    if (!saga.goesForward() && !saga.status().isTerminal()) {
      return new Refused("the saga is being compensated already");
    }
    if (saga.status() != SagaStatus.STUCK) {
      return new Refused("the saga is " + saga.status());
    }
    // Steps after the pivot have no undo: whoever asks for this answers for them.
    int last = Math.min(index(saga.step()), pivot());
    return undo(saga, order, last, AbortReason.COMPENSATED_BY_OPERATOR, now);
  }

  /** Goes on to a step, or ends where there is none left. */
  private Advanced advance(SagaInstance saga, Order order, int index, Instant now) {
    if (index == steps.size()) {
      return end(saga, SagaStatus.COMPLETED, OrderStatus.COMPLETED, null);
    }
    SagaStep step = steps.get(index);
    AbortReason obstacle = step.obstacle(order);
    if (obstacle != null) {
      // Not asked for, so this step needs no undo.
      return undo(saga, order, index - 1, obstacle, now);
    }
    Duration patience = index <= pivot() ? times.stepDeadline() : times.retry(1);
    return move(
        saga,
        SagaStatus.RUNNING,
        step.name(),
        1,
        null,
        now.plus(patience),
        send(step.topic(), step.command().apply(order)));
  }

  /** Undoes a step and, by the reply to that, the ones before it; ends where there is none left. */
  private Advanced undo(
      SagaInstance saga, Order order, int index, AbortReason reason, Instant now) {
    if (index < 0) {
      return end(saga, SagaStatus.COMPENSATED, reason.outcome(), reason);
    }
    SagaStep step = steps.get(index);
    return move(
        saga,
        SagaStatus.COMPENSATING,
        step.name(),
        1,
        reason,
        now.plus(times.retry(1)),
        send(step.topic(), requireNonNull(step.undo()).apply(order)));
  }

  private Advanced sendAgain(SagaInstance saga, Order order, int attempt, Instant now) {
    SagaStep step = steps.get(index(saga.step()));
    Record payload =
        saga.goesForward() ? step.command().apply(order) : requireNonNull(step.undo()).apply(order);
    return move(
        saga,
        saga.goesForward() ? SagaStatus.RUNNING : SagaStatus.COMPENSATING,
        step.name(),
        attempt,
        saga.abortReason(),
        now.plus(times.retry(attempt)),
        send(step.topic(), payload));
  }

  private static Advanced stuck(SagaInstance saga) {
    SagaInstance stuck =
        new SagaInstance(
            saga.orderId(),
            SagaStatus.STUCK,
            saga.step(),
            saga.attempt(),
            saga.abortReason(),
            saga.version() + 1,
            saga.messages(),
            null);
    return new Advanced(stuck, List.of(), null);
  }

  private static Advanced end(
      SagaInstance saga, SagaStatus status, OrderStatus outcome, @Nullable AbortReason reason) {
    Send event = send(ParticipantMessages.ORDER_EVENTS, event(saga, outcome, reason));
    Advanced moved = move(saga, status, saga.step(), saga.attempt(), reason, null, event);
    return new Advanced(moved.next(), moved.sends(), outcome);
  }

  private static Record event(
      SagaInstance saga, OrderStatus outcome, @Nullable AbortReason reason) {
    return switch (outcome) {
      case COMPLETED -> new OrderCompleted(saga.orderId());
      case REJECTED -> new OrderRejected(saga.orderId(), String.valueOf(reason));
      case CANCELLED -> new OrderCancelled(saga.orderId(), String.valueOf(reason));
      case PENDING -> throw new IllegalStateException("PENDING is no outcome");
    };
  }

  private static Advanced move(
      SagaInstance saga,
      SagaStatus status,
      String step,
      int attempt,
      @Nullable AbortReason reason,
      @Nullable Instant deadline,
      Send message) {
    SagaInstance next =
        new SagaInstance(
            saga.orderId(),
            status,
            step,
            attempt,
            reason,
            saga.version() + 1,
            saga.messages() + 1,
            deadline);
    return new Advanced(next, List.of(message), null);
  }

  private static Send send(String topic, Record payload) {
    return new Send(topic, payload);
  }

  private int pivot() {
    return IntStream.range(0, steps.size())
        .filter(i -> steps.get(i).isPivot())
        .findFirst()
        .orElseThrow();
  }

  private int index(String step) {
    return IntStream.range(0, steps.size())
        .filter(i -> steps.get(i).name().equals(step))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("unknown step: " + step));
  }
}
