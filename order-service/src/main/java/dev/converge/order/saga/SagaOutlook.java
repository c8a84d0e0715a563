package dev.converge.order.saga;

import dev.converge.order.domain.AbortReason;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.saga.SagaDecision.Advanced;
import dev.converge.order.saga.SagaSignal.Trigger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The next transitions of a saga, and those after each signal that a person can send. Computed by
 * {@link SagaDefinition} itself: a predicted path is the path that the saga takes if every reply is
 * the one that it awaits.
 *
 * @param awaits the name of the awaited reply
 * @param deadline until when; absent if the saga is STUCK
 * @param attempt how often the unanswered message has been sent
 * @param ofAttempts how often it is sent until the saga is STUCK; 1 for a step that is undone
 *     instead
 * @param ifAnswered the path if the awaited replies arrive
 * @param ifDeadline the path if the next reply does not arrive in time; absent if the saga is STUCK
 * @param actions what a person can do
 */
public record SagaOutlook(
    String awaits,
    @Nullable Instant deadline,
    int attempt,
    int ofAttempts,
    Path ifAnswered,
    Optional<Path> ifDeadline,
    List<Action> actions) {

  // More than a saga of a valid definition has left.
  private static final int MOST_MOVES = 64;

  public SagaOutlook {
    actions = List.copyOf(actions);
  }

  /** A message that a move sends. */
  public record Sent(String topic, String type) {}

  /**
   * A transition.
   *
   * @param signal the label of the signal that causes it
   * @param step the step that the saga is at afterwards
   */
  public record Move(String signal, List<Sent> sends, SagaStatus status, String step, int attempt) {
    public Move {
      sends = List.copyOf(sends);
    }
  }

  /**
   * Transitions, up to the end of the saga or until it is STUCK.
   *
   * @param outcome the order's final status; absent if the saga is STUCK
   */
  public record Path(
      List<Move> moves, @Nullable OrderStatus outcome, @Nullable AbortReason reason) {
    public Path {
      moves = List.copyOf(moves);
    }
  }

  /** The requests of a person. */
  public enum Request {
    CANCEL(Trigger.CANCEL_REQUESTED),
    RETRY(Trigger.RETRY_REQUESTED),
    SKIP(Trigger.SKIP_REQUESTED),
    COMPENSATE(Trigger.COMPENSATE_REQUESTED);

    private final Trigger signal;

    Request(Trigger signal) {
      this.signal = signal;
    }

    /** The signal that it sends. */
    public Trigger signal() {
      return signal;
    }
  }

  /**
   * The consequence of a request.
   *
   * @param path absent if the request is refused, or changes nothing
   * @param why the reason for that
   */
  public record Action(Request request, Optional<Path> path, @Nullable String why) {}

  /** The outlook of a saga; empty if it has ended. */
  static Optional<SagaOutlook> of(SagaDefinition definition, SagaInstance saga, Order order) {
    return definition
        .awaits(saga)
        .map(
            awaits ->
                new SagaOutlook(
                    awaits,
                    saga.deadline(),
                    saga.attempt(),
                    definition.attempts(saga),
                    answered(definition, saga, order),
                    afterDeadline(definition, saga, order),
                    Arrays.stream(Request.values())
                        .map(request -> action(definition, saga, order, request))
                        .toList()));
  }

  private static Path answered(SagaDefinition definition, SagaInstance saga, Order order) {
    List<Move> moves = new ArrayList<>();
    return follow(definition, order, moves, reply(definition, saga, order, moves));
  }

  private static Optional<Path> afterDeadline(
      SagaDefinition definition, SagaInstance saga, Order order) {
    return saga.deadline() == null
        ? Optional.empty()
        : after(definition, saga, order, Trigger.DEADLINE_PASSED)
            .match(
                advanced -> Optional.of(path(definition, order, Trigger.DEADLINE_PASSED, advanced)),
                ignored -> Optional.empty(),
                refused -> Optional.empty());
  }

  private static Action action(
      SagaDefinition definition, SagaInstance saga, Order order, Request request) {
    return after(definition, saga, order, request.signal())
        .match(
            advanced ->
                new Action(
                    request,
                    Optional.of(path(definition, order, request.signal(), advanced)),
                    null),
            ignored -> new Action(request, Optional.empty(), ignored.why()),
            refused -> new Action(request, Optional.empty(), refused.why()));
  }

  private static SagaDecision after(
      SagaDefinition definition, SagaInstance saga, Order order, Trigger signal) {
    return definition.decide(saga, order, signal, time(saga, order));
  }

  private static Path path(
      SagaDefinition definition, Order order, Trigger signal, Advanced advanced) {
    List<Move> moves = new ArrayList<>();
    moves.add(move(signal.label(), advanced));
    return follow(definition, order, moves, advanced);
  }

  /** Adds the moves after one, as if each awaited reply arrived. */
  private static Path follow(
      SagaDefinition definition, Order order, List<Move> moves, Advanced first) {
    Advanced last = first;
    while (last.next().deadline() != null && moves.size() < MOST_MOVES) {
      last = reply(definition, last.next(), order, moves);
    }
    return new Path(moves, last.outcome(), last.next().abortReason());
  }

  private static Advanced reply(
      SagaDefinition definition, SagaInstance saga, Order order, List<Move> moves) {
    Advanced advanced = definition.answered(saga, order, time(saga, order));
    moves.add(move(definition.awaits(saga).orElseThrow(), advanced));
    return advanced;
  }

  private static Move move(String signal, Advanced advanced) {
    SagaInstance next = advanced.next();
    return new Move(
        signal,
        advanced.sends().stream()
            .map(send -> new Sent(send.topic(), send.payload().getClass().getSimpleName()))
            .toList(),
        next.status(),
        next.step(),
        next.attempt());
  }

  // A path does not depend on the time, except that a deadline must have passed.
  private static Instant time(SagaInstance saga, Order order) {
    return saga.deadline() == null ? order.placedAt() : saga.deadline();
  }
}
