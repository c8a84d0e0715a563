package dev.converge.order.saga;

import static java.util.Objects.requireNonNull;

import dev.converge.order.domain.AbortReason;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderLine;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.saga.ParticipantMessages.OrderCancelled;
import dev.converge.order.saga.ParticipantMessages.OrderCompleted;
import dev.converge.order.saga.ParticipantMessages.OrderRejected;
import dev.converge.order.saga.SagaDecision.Advanced;
import dev.converge.order.saga.SagaDecision.Ignored;
import dev.converge.order.saga.SagaDecision.Refused;
import dev.converge.order.saga.SagaDecision.Send;
import dev.converge.order.saga.SagaSignal.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
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
  /** A command names its type only once it is made for an order. */
  private static final Order EXAMPLE =
      Order.placed(
          new UUID(0, 0),
          "example",
          "EUR",
          List.of(new OrderLine("example", 1, 1)),
          "tok_ok",
          null,
          Instant.EPOCH);

  private final SagaTimes times;
  private final List<SagaStep> steps;

  private SagaDefinition(SagaTimes times, List<SagaStep> steps) {
    this.times = times;
    this.steps = steps;
  }

  /**
   * A saga of these steps, in this order.
   *
   * @throws IllegalArgumentException if the steps break a rule: a service does not start with such
   *     a saga
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
          step.precondition() == null || (i > 0 && i <= pivot),
          step.name() + " has a condition only after the first step and up to the pivot");
    }
    require(replies().distinct().count() == replies().count(), "a reply belongs to one step");
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException("not a saga; expected: " + rule);
    }
  }

  private static Stream<Class<?>> replies(SagaStep step) {
    return Stream.of(
            Optional.<Class<?>>ofNullable(step.success()),
            Optional.ofNullable(step.refusal()).map(SagaStep.Refusal::reply),
            Optional.ofNullable(step.undo()).map(SagaStep.Undo::reply))
        .flatMap(Optional::stream);
  }

  /** The replies that some step awaits. */
  Stream<Class<?>> replies() {
    return steps.stream().flatMap(SagaDefinition::replies);
  }

  List<SagaStep> steps() {
    return steps;
  }

  /** Starts a new order's saga with its first command. */
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
    return new Advanced(started, List.of(command(first, order)), null);
  }

  /** Decides what a signal does to a saga. */
  public SagaDecision decide(SagaInstance saga, Order order, SagaSignal signal, Instant now) {
    return signal.match(
        replied -> replied(saga, order, replied.reply(), now),
        trigger -> triggered(saga, order, trigger, now));
  }

  private SagaDecision triggered(SagaInstance saga, Order order, Trigger trigger, Instant now) {
    return switch (trigger) {
      case DEADLINE_PASSED -> deadlinePassed(saga, order, now);
      case CANCEL_REQUESTED -> cancelRequested(saga, order, now);
      case RETRY_REQUESTED -> isStuck(saga) ? sendAgain(saga, order, 1, now) : notStuck(saga);
      case SKIP_REQUESTED -> isStuck(saga) ? answered(saga, order, now) : notStuck(saga);
      case COMPENSATE_REQUESTED -> compensateRequested(saga, order, now);
      case OTHER_MESSAGE_RECEIVED -> new Ignored("not the reply that is awaited");
    };
  }

  private static boolean isStuck(SagaInstance saga) {
    return saga.status() == SagaStatus.STUCK;
  }

  private static Refused notStuck(SagaInstance saga) {
    return new Refused("the saga is " + saga.status());
  }

  /** Whether a saga is at one of the steps. */
  public boolean hasStepOf(SagaInstance saga) {
    return steps.stream().anyMatch(step -> step.name().equals(saga.step()));
  }

  /** The name of the reply that a saga awaits; empty if it has ended. */
  public Optional<String> awaits(SagaInstance saga) {
    if (saga.status().isTerminal()) {
      return Optional.empty();
    }
    SagaStep step = steps.get(index(saga.step()));
    Class<?> reply = saga.goesForward() ? requireNonNull(step.success()) : undo(step).reply();
    return Optional.of(reply.getSimpleName());
  }

  /** The next transitions of a saga, by these rules; empty if it has ended. */
  public Optional<SagaOutlook> outlook(SagaInstance saga, Order order) {
    return SagaOutlook.of(this, saga, order);
  }

  /** The steps by the names of their messages. */
  public List<SagaStepNames> stepNames() {
    return steps.stream().map(SagaDefinition::names).toList();
  }

  /** How often a message is sent until the saga is STUCK. */
  public int maxAttempts() {
    return times.maxAttempts();
  }

  private static SagaStepNames names(SagaStep step) {
    SagaStep.Refusal refusal = step.refusal();
    SagaStep.Undo undo = step.undo();
    return new SagaStepNames(
        step.name(),
        step.request().topic(),
        name(step.request().command().apply(EXAMPLE)),
        requireNonNull(step.success()).getSimpleName(),
        refusal == null ? null : refusal.reply().getSimpleName(),
        undo == null ? null : name(undo.command().apply(EXAMPLE)),
        undo == null ? null : undo.reply().getSimpleName(),
        step.isPivot());
  }

  private static String name(SagaCommand command) {
    return command.getClass().getSimpleName();
  }

  /** The attempts that the awaited message of a saga has: a step that can be undone has one. */
  int attempts(SagaInstance saga) {
    return saga.goesForward() && index(saga.step()) <= pivot() ? 1 : times.maxAttempts();
  }

  /** Does what the reply that a saga awaits would do. */
  Advanced answered(SagaInstance saga, Order order, Instant now) {
    int index = index(saga.step());
    return saga.goesForward()
        ? advance(saga, order, index + 1, now)
        : undo(saga, order, index - 1, requireNonNull(saga.abortReason()), now);
  }

  private SagaDecision replied(SagaInstance saga, Order order, SagaReply reply, Instant now) {
    if (saga.status().isTerminal()) {
      return new Ignored("the saga has ended");
    }
    int index = index(saga.step());
    SagaStep step = steps.get(index);
    if (!saga.goesForward()) {
      return step.isUndoneBy(reply)
          ? undo(saga, order, index - 1, requireNonNull(saga.abortReason()), now)
          : new Ignored("not the undo that is awaited");
    }
    if (step.isCompletedBy(reply)) {
      return advance(saga, order, index + 1, now);
    }
    if (step.isRefusedBy(reply)) {
      // Refused means nothing was done: the step itself needs no undo.
      AbortReason reason = requireNonNull(step.refusal()).reason().apply(reply);
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

  private SagaDecision compensateRequested(SagaInstance saga, Order order, Instant now) {
    if (!saga.goesForward() && !saga.status().isTerminal()) {
      return new Refused("the saga is being compensated already");
    }
    if (!isStuck(saga)) {
      return notStuck(saga);
    }
    // Steps after the pivot have no undo: the operator answers for them.
    int last = Math.min(index(saga.step()), pivot());
    return undo(saga, order, last, AbortReason.COMPENSATED_BY_OPERATOR, now);
  }

  /** Takes the next step, or ends after the last. */
  private Advanced advance(SagaInstance saga, Order order, int index, Instant now) {
    if (index == steps.size()) {
      return end(saga, SagaStatus.COMPLETED, OrderStatus.COMPLETED, null);
    }
    SagaStep step = steps.get(index);
    AbortReason obstacle = step.obstacle(order);
    if (obstacle != null) {
      // The command is not sent, so this step needs no undo.
      return undo(saga, order, index - 1, obstacle, now);
    }
    Duration timeout = index <= pivot() ? times.stepDeadline() : times.retry(1);
    return move(
        saga, SagaStatus.RUNNING, step.name(), 1, null, now.plus(timeout), command(step, order));
  }

  /** Undoes a step; the reply undoes the one before it. Ends after the first step. */
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
        undoing(step, order));
  }

  private Advanced sendAgain(SagaInstance saga, Order order, int attempt, Instant now) {
    SagaStep step = steps.get(index(saga.step()));
    return move(
        saga,
        saga.goesForward() ? SagaStatus.RUNNING : SagaStatus.COMPENSATING,
        step.name(),
        attempt,
        saga.abortReason(),
        now.plus(times.retry(attempt)),
        saga.goesForward() ? command(step, order) : undoing(step, order));
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
    Send event = new Send(ParticipantMessages.ORDER_EVENTS, event(saga, outcome, reason));
    Advanced moved = move(saga, status, saga.step(), saga.attempt(), reason, null, event);
    return new Advanced(moved.next(), moved.sends(), outcome);
  }

  private static SagaMessage event(
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

  private static Send command(SagaStep step, Order order) {
    return new Send(step.request().topic(), step.request().command().apply(order));
  }

  private static Send undoing(SagaStep step, Order order) {
    return new Send(step.request().topic(), undo(step).command().apply(order));
  }

  private static SagaStep.Undo undo(SagaStep step) {
    return requireNonNull(step.undo());
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
