package dev.converge.order.saga;

import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.saga.SagaDecision.Advanced;
import dev.converge.order.saga.SagaDecision.Send;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Decides a batch of signals, one after the other, and collects what one transaction must write.
 * Pure: the same events, sagas and time give the same batch.
 *
 * @param at the time of the decisions
 * @param decisions one for each event, in the order of the events
 * @param moved each saga that moved, as the last of its events left it
 * @param transitions the new lines of the timelines
 * @param messages to send, in this order
 * @param ended the ends of orders
 * @param firstReplies for each order whose first reply is among the events, the time since it was
 *     placed
 */
public record SagaBatch(
    Instant at,
    List<SagaDecision> decisions,
    List<SagaInstance> moved,
    List<SagaTransition> transitions,
    List<Message> messages,
    List<Ended> ended,
    List<Duration> firstReplies) {

  /** The signal of a new order in its timeline. */
  private static final String ORDER_PLACED = "OrderPlaced";

  /** A signal for one order's saga. */
  public record Event(UUID orderId, SagaSignal signal, Cause cause) {
    /** A signal that no message caused. */
    public Event(UUID orderId, SagaSignal signal) {
      this(orderId, signal, Cause.NONE);
    }
  }

  /**
   * The message that caused a signal.
   *
   * @param messageId its id, if there is a message
   * @param traceparent the trace to continue; the order's own if absent
   */
  public record Cause(@Nullable UUID messageId, @Nullable String traceparent) {
    public static final Cause NONE = new Cause(null, null);
  }

  /**
   * A message of an order's saga.
   *
   * @param sequence 1, 2, 3 … per order
   * @param cause its message id and its trace
   */
  public record Message(
      UUID orderId, String topic, long sequence, SagaMessage payload, Cause cause) {}

  /**
   * The end of an order.
   *
   * @param after the time since it was placed
   * @param traceparent the order's own trace
   */
  public record Ended(
      UUID orderId, OrderStatus outcome, Duration after, @Nullable String traceparent) {}

  public SagaBatch {
    decisions = List.copyOf(decisions);
    moved = List.copyOf(moved);
    transitions = List.copyOf(transitions);
    messages = List.copyOf(messages);
    ended = List.copyOf(ended);
    firstReplies = List.copyOf(firstReplies);
  }

  /** Starts the sagas of new orders. */
  public static SagaBatch start(SagaDefinition definition, List<Order> placed, Instant now) {
    Collected collected = new Collected(now);
    for (Order order : placed) {
      Advanced started = definition.start(order, now);
      collected.add(order, ORDER_PLACED, started, 0, new Cause(null, order.traceparent()));
    }
    return collected.batch();
  }

  /**
   * Applies each event to its saga as the events before it left that saga.
   *
   * @param known the saga of every order that the events are about
   * @throws IllegalArgumentException if one is missing
   */
  public static SagaBatch decide(
      SagaDefinition definition, List<Event> events, Map<UUID, OrderSaga> known, Instant now) {
    Collected collected = new Collected(now);
    for (Event event : events) {
      OrderSaga found = known.get(event.orderId());
      if (found == null) {
        throw new IllegalArgumentException("order " + event.orderId() + " has no saga");
      }
      collected.decide(definition, event, found);
    }
    return collected.batch();
  }

  /** The parts of the batch, while it is decided. */
  private static final class Collected {
    private final Instant now;
    private final List<SagaDecision> decisions = new ArrayList<>();
    private final Map<UUID, SagaInstance> moved = new LinkedHashMap<>();
    private final List<SagaTransition> transitions = new ArrayList<>();
    private final List<Message> messages = new ArrayList<>();
    private final List<Ended> ended = new ArrayList<>();
    private final List<Duration> firstReplies = new ArrayList<>();

    Collected(Instant now) {
      this.now = now;
    }

    void decide(SagaDefinition definition, Event event, OrderSaga found) {
      Order order = found.order();
      SagaInstance saga = moved.getOrDefault(event.orderId(), found.saga());
      SagaDecision decision = definition.decide(saga, order, event.signal(), now);
      if (decision instanceof Advanced advanced) {
        if (isFirstReply(saga, event.signal())) {
          firstReplies.add(Duration.between(order.placedAt(), now));
        }
        add(order, event.signal().label(), advanced, saga.messages(), cause(event, order));
      } else {
        decisions.add(decision);
      }
    }

    private static boolean isFirstReply(SagaInstance saga, SagaSignal signal) {
      return saga.version() == 1 && signal.match(replied -> true, trigger -> false);
    }

    private static Cause cause(Event event, Order order) {
      Cause cause = event.cause();
      return cause.traceparent() == null
          ? new Cause(cause.messageId(), order.traceparent())
          : cause;
    }

    void add(Order order, String signal, Advanced advanced, long sentBefore, Cause cause) {
      SagaInstance next = advanced.next();
      decisions.add(advanced);
      moved.put(order.orderId(), next);
      transitions.add(transition(next, signal, advanced.sends()));
      long sequence = sentBefore;
      for (Send send : advanced.sends()) {
        sequence++;
        messages.add(new Message(order.orderId(), send.topic(), sequence, send.payload(), cause));
      }
      OrderStatus outcome = advanced.outcome();
      if (outcome != null) {
        Duration after = Duration.between(order.placedAt(), now);
        ended.add(new Ended(order.orderId(), outcome, after, order.traceparent()));
      }
    }

    private SagaTransition transition(SagaInstance next, String signal, List<Send> sends) {
      return new SagaTransition(
          next.orderId(),
          next.version(),
          now,
          signal,
          next.status(),
          next.step(),
          next.attempt(),
          sends.stream()
              .map(send -> send.payload().getClass().getSimpleName())
              .collect(Collectors.joining(" ")));
    }

    SagaBatch batch() {
      return new SagaBatch(
          now, decisions, List.copyOf(moved.values()), transitions, messages, ended, firstReplies);
    }
  }
}
