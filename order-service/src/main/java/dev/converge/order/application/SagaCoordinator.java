package dev.converge.order.application;

import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderStatus;
import dev.converge.order.postgres.SagaRepository;
import dev.converge.order.postgres.SagaRepository.OrderSaga;
import dev.converge.order.postgres.SagaRepository.Transition;
import dev.converge.order.saga.ParticipantMessages;
import dev.converge.order.saga.SagaDecision;
import dev.converge.order.saga.SagaDecision.Advanced;
import dev.converge.order.saga.SagaDecision.Ignored;
import dev.converge.order.saga.SagaDecision.Send;
import dev.converge.order.saga.SagaDefinition;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaSignal;
import dev.converge.order.saga.SagaStatus;
import dev.converge.outbox.MessageOrigin;
import dev.converge.outbox.Outbox;
import dev.converge.outbox.OutboxMessage;
import dev.converge.outbox.UnprocessableMessageException;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Carries out what the definition decides: locks the sagas, writes them, sends the messages. */
public final class SagaCoordinator {
  private final SagaDefinition definition;
  private final SagaRepository sagas;
  private final Outbox outbox;
  private final AdmissionControl admission;
  private final Clock clock;
  private final MeterRegistry meters;

  public SagaCoordinator(
      SagaDefinition definition,
      SagaRepository sagas,
      Outbox outbox,
      AdmissionControl admission,
      Clock clock,
      MeterRegistry meters) {
    this.definition = definition;
    this.sagas = sagas;
    this.outbox = outbox;
    this.admission = admission;
    this.clock = clock;
    this.meters = meters;
  }

  /**
   * A signal for one order's saga.
   *
   * @param causationId the message that brought it, if one did
   * @param traceparent the context to continue; the order's own where absent
   */
  public record Event(
      UUID orderId, SagaSignal signal, @Nullable UUID causationId, @Nullable String traceparent) {}

  /**
   * What came of events.
   *
   * @param decisions in the order of the events; a saga that is not known has none
   * @param ended the orders that ended
   * @param repliedAfter how long the orders waited that had their first reply
   */
  public record Outcome(
      List<SagaDecision> decisions, List<UUID> ended, List<Duration> repliedAfter) {}

  /** Begins the sagas of new orders, in the transaction that inserts the orders. */
  public Future<Void> start(SqlConnection tx, List<Order> placed) {
    Instant now = clock.instant();
    Writes writes = new Writes(now);
    List<SagaInstance> started = new ArrayList<>(placed.size());
    for (Order order : placed) {
      Advanced advanced = definition.start(order, now);
      started.add(advanced.next());
      writes.add(order, "OrderPlaced", advanced, null, order.traceparent(), 0);
    }
    return Future.join(
            sagas.insert(tx, started),
            sagas.log(tx, writes.transitions),
            outbox.append(tx, writes.messages))
        .mapEmpty();
  }

  /** Has events take effect, one after the other, in this transaction. */
  public Future<Outcome> signal(SqlConnection tx, List<Event> events) {
    List<UUID> orderIds = events.stream().map(Event::orderId).distinct().toList();
    return sagas.lock(tx, orderIds).compose(known -> decide(tx, events, known));
  }

  private Future<Outcome> decide(SqlConnection tx, List<Event> events, Map<UUID, OrderSaga> known) {
    Instant now = clock.instant();
    Writes writes = new Writes(now);
    Map<UUID, SagaInstance> moved = new LinkedHashMap<>();
    List<SagaDecision> decisions = new ArrayList<>(events.size());
    List<Duration> repliedAfter = new ArrayList<>();
    for (Event event : events) {
      OrderSaga found = known.get(event.orderId());
      if (found == null) {
        throw new UnprocessableMessageException("order " + event.orderId() + " has no saga");
      }
      SagaInstance saga = moved.getOrDefault(event.orderId(), found.saga());
      SagaDecision decision = definition.decide(saga, found.order(), event.signal(), now);
      decisions.add(decision);
      if (decision instanceof Advanced advanced) {
        if (saga.version() == 1 && event.signal() instanceof SagaSignal.Replied) {
          repliedAfter.add(Duration.between(found.order().placedAt(), now));
        }
        moved.put(event.orderId(), advanced.next());
        String traceparent =
            event.traceparent() == null ? found.order().traceparent() : event.traceparent();
        writes.add(
            found.order(),
            event.signal().name(),
            advanced,
            event.causationId(),
            traceparent,
            saga.messages());
      }
    }
    Outcome outcome = new Outcome(decisions, List.copyOf(writes.ended), repliedAfter);
    return moved.isEmpty()
        ? Future.succeededFuture(outcome)
        : write(tx, writes, List.copyOf(moved.values())).map(outcome);
  }

  private Future<Void> write(SqlConnection tx, Writes writes, List<SagaInstance> moved) {
    // Sent one after the other without waiting in between: the database takes them in this order.
    return Future.join(
            sagas.update(tx, moved, writes.now),
            sagas.log(tx, writes.transitions),
            outbox.append(tx, writes.messages))
        .mapEmpty();
  }

  /** Counts what has been committed. */
  public void committed(Outcome outcome) {
    admission.replied(outcome.repliedAfter());
    for (SagaDecision decision : outcome.decisions()) {
      if (decision instanceof Ignored ignored) {
        meters.counter("saga.signals.ignored", "why", ignored.why()).increment();
      }
      if (decision instanceof Advanced advanced) {
        OrderStatus ended = advanced.outcome();
        if (ended != null) {
          meters.counter("orders.ended", "outcome", ended.name()).increment();
        }
        if (advanced.next().status() == SagaStatus.STUCK) {
          meters.counter("saga.stuck").increment();
        }
      }
    }
  }

  /** The rows of one transaction. */
  private static final class Writes {
    private final Instant now;
    private final List<Transition> transitions = new ArrayList<>();
    private final List<OutboxMessage> messages = new ArrayList<>();
    private final List<UUID> ended = new ArrayList<>();

    Writes(Instant now) {
      this.now = now;
    }

    void add(
        Order order,
        String signal,
        Advanced advanced,
        @Nullable UUID causationId,
        @Nullable String traceparent,
        long sentBefore) {
      SagaInstance next = advanced.next();
      transitions.add(
          new Transition(
              order.orderId(),
              next.version(),
              now,
              signal,
              next.status(),
              next.step(),
              next.attempt(),
              advanced.sends().stream()
                  .map(send -> send.payload().getClass().getSimpleName())
                  .collect(Collectors.joining(" "))));
      long sequence = sentBefore;
      for (Send send : advanced.sends()) {
        sequence++;
        messages.add(message(order, send, sequence, causationId, traceparent));
      }
      if (advanced.outcome() != null) {
        ended.add(order.orderId());
      }
    }

    private static OutboxMessage message(
        Order order,
        Send send,
        long sequence,
        @Nullable UUID causationId,
        @Nullable String traceparent) {
      return new OutboxMessage(
              send.topic(),
              order.orderId().toString(),
              sequence,
              ParticipantMessages.TYPES.encode(send.payload()))
          .withOrigin(new MessageOrigin(order.orderId(), causationId, traceparent));
    }
  }
}
