package dev.converge.lab.simulation;

import static java.util.Objects.requireNonNull;

import dev.converge.order.domain.Order;
import dev.converge.order.saga.OrderSaga;
import dev.converge.order.saga.ParticipantMessages;
import dev.converge.order.saga.SagaBatch;
import dev.converge.order.saga.SagaBatch.Event;
import dev.converge.order.saga.SagaDecision;
import dev.converge.order.saga.SagaDecision.Advanced;
import dev.converge.order.saga.SagaDefinition;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaReply;
import dev.converge.order.saga.SagaSignal;
import dev.converge.order.saga.SagaSignal.Replied;
import dev.converge.order.saga.SagaSignal.Trigger;
import dev.converge.order.saga.SagaStatus;
import dev.converge.order.saga.SagaTransition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The order service: locks rows, runs the product's {@link SagaBatch}, writes its result. */
final class OrderService {
  private static final String NAME = "order";
  private static final long POLL_INTERVAL_MILLIS = 500;

  private final World world;
  private final Database database;
  private final OrderDatabase tables = new OrderDatabase();
  private final SagaDefinition definition;
  private final Clock clock;
  private final List<Instance> instances;
  private final List<OrderIntake> intakes = new ArrayList<>();

  OrderService(World world, List<Instance> instances, SagaDefinition definition) {
    this.world = world;
    this.database = new Database(world, NAME);
    this.definition = definition;
    this.clock = world.clock("order-service");
    this.instances = instances;
    ConsumerGroup group = world.group(ParticipantMessages.ORDER_REPLIES, database);
    for (Instance instance : instances) {
      intakes.add(new OrderIntake(world, instance, this));
      group.join(instance, new Replies(instance));
    }
    group.rebalance();
  }

  Database database() {
    return database;
  }

  OrderDatabase tables() {
    return tables;
  }

  Clock clock() {
    return clock;
  }

  /** An instance that is up; null if there is none. */
  @Nullable OrderIntake anyIntake() {
    List<OrderIntake> live = intakes.stream().filter(OrderIntake::isUp).toList();
    return live.isEmpty() ? null : live.get(world.random().nextInt(live.size()));
  }

  /** Signals the participants' replies to their sagas. */
  private final class Replies implements Handler {
    private final Instance instance;

    Replies(Instance instance) {
      this.instance = instance;
    }

    @Override
    public List<Row> rows(List<Message> batch) {
      return world.is(Broken.SAGA_WITHOUT_LOCK)
          ? List.of()
          : batch.stream().map(message -> OrderDatabase.sagaRow(message.order())).toList();
    }

    @Override
    public Runnable handle(Transaction tx, List<Message> batch) {
      signal(
          tx,
          instance,
          batch.stream()
              .map(
                  message -> new Event(message.order(), new Replied((SagaReply) message.payload())))
              .toList());
      return () -> {};
    }
  }

  /** Starts the sagas of new orders, in the transaction that inserts the orders. */
  void start(Transaction tx, Instance instance, List<Order> placed) {
    placed.forEach(order -> tx.write(() -> tables.orders().put(order.orderId(), order)));
    SagaBatch batch = SagaBatch.start(definition, placed, clock.now());
    Iterator<SagaTransition> transitions = batch.transitions().iterator();
    for (SagaInstance started : batch.moved()) {
      write(tx, instance, started, transitions.next().signal());
    }
    append(tx, batch);
  }

  /** Applies signals to sagas whose rows are locked. */
  void signal(Transaction tx, Instance instance, List<Event> events) {
    Map<UUID, OrderSaga> known = known(events);
    SagaBatch batch = SagaBatch.decide(definition, events, known, clock.now());
    Map<UUID, SagaInstance> current = new HashMap<>();
    known.forEach((id, found) -> current.put(id, found.saga()));
    for (int i = 0; i < events.size(); i++) {
      Event event = events.get(i);
      SagaDecision decision = batch.decisions().get(i);
      if (decision instanceof Advanced advanced) {
        write(tx, instance, advanced.next(), event.signal().label());
        SagaInstance before = requireNonNull(current.put(event.orderId(), advanced.next()));
        cover(before, advanced, event.signal());
      } else {
        world.count(CoveragePoint.SIGNAL_IGNORED);
        world.trace().add(NAME, event.orderId(), event.signal().label() + " -> " + decision);
      }
      if (event.signal() == Trigger.CANCEL_REQUESTED) {
        world.count(
            decision instanceof Advanced
                ? CoveragePoint.CANCEL_GRANTED
                : CoveragePoint.CANCEL_REFUSED);
      }
    }
    append(tx, batch);
  }

  private Map<UUID, OrderSaga> known(List<Event> events) {
    Map<UUID, OrderSaga> known = new HashMap<>();
    for (Event event : events) {
      UUID id = event.orderId();
      SagaInstance saga = tables.sagas().get(id);
      if (saga == null) {
        throw new IllegalStateException(Trace.name(id) + " has no saga");
      }
      known.put(id, new OrderSaga(saga, requireNonNull(tables.orders().get(id))));
    }
    return known;
  }

  private void cover(SagaInstance before, Advanced advanced, SagaSignal signal) {
    SagaInstance next = advanced.next();
    if (next.status() == SagaStatus.STUCK) {
      world.count(CoveragePoint.SAGA_STUCK);
    }
    if (before.abortReason() == null && next.status() == SagaStatus.COMPENSATING) {
      world.count(CoveragePoint.COMPENSATION);
    }
    if (signal == Trigger.DEADLINE_PASSED) {
      world.count(CoveragePoint.DEADLINE_PASSED);
    }
  }

  private void append(Transaction tx, SagaBatch batch) {
    for (SagaBatch.Message sent : batch.messages()) {
      Record payload = (Record) sent.payload();
      tx.append(world.message(NAME, sent.topic(), sent.orderId(), sent.sequence(), payload));
    }
  }

  private void write(Transaction tx, Instance instance, SagaInstance next, String signal) {
    tx.write(() -> tables.write(next, signal));
    world
        .trace()
        .add(
            NAME,
            next.orderId(),
            signal + " -> " + next.status() + " " + next.step() + " v" + next.version());
    Instant deadline = next.deadline();
    if (deadline != null) {
      tx.write(() -> await(instance, next, clock.millisUntil(deadline)));
    }
  }

  // Each instance polls for overdue sagas. Polls that would find nothing are left out.
  private void await(Instance instance, SagaInstance saga, long millis) {
    long later = millis + world.random().nextLong(POLL_INTERVAL_MILLIS);
    if (world.is(Broken.DEADLINES_IN_MEMORY)) {
      instance.after(later, () -> poll(instance, saga));
    } else {
      world.schedule().after(later, () -> poll(instance, saga));
    }
  }

  private void poll(Instance instance, SagaInstance saga) {
    Instant deadline = saga.deadline();
    if (deadline == null || !saga.equals(tables.sagas().get(saga.orderId()))) {
      return;
    }
    List<Instance> up = instances.stream().filter(Instance::isUp).toList();
    Instance live = up.isEmpty() ? instance : up.get(world.random().nextInt(up.size()));
    if (live.isUp() && clock.millisUntil(deadline) == 0) {
      signalOverdue(live);
    }
    await(live, saga, clock.millisUntil(deadline));
  }

  // Sagas that another transaction moves are skipped.
  private void signalOverdue(Instance instance) {
    List<UUID> overdue =
        tables.sagas().values().stream()
            .filter(saga -> isOverdue(saga.deadline()))
            .map(SagaInstance::orderId)
            .filter(id -> !database.isLocked(OrderDatabase.sagaRow(id)))
            .toList();
    if (overdue.isEmpty()) {
      return;
    }
    Transaction tx = database.begin(instance);
    if (tx.lock(overdue.stream().map(OrderDatabase::sagaRow).toList())) {
      signal(
          tx,
          instance,
          overdue.stream().map(id -> new Event(id, Trigger.DEADLINE_PASSED)).toList());
      instance.next(() -> commitOverdue(instance, tx));
    }
  }

  private boolean isOverdue(@Nullable Instant deadline) {
    return deadline != null && clock.millisUntil(deadline) == 0;
  }

  private void commitOverdue(Instance instance, Transaction tx) {
    if (instance.crashes(CoveragePoint.CRASH_OF_DEADLINES)) {
      return;
    }
    if (world.faults().strikes(Fault.LOST_CONNECTION)) {
      world.count(CoveragePoint.CONNECTION_LOST);
      tx.rollback();
      return;
    }
    tx.commit();
  }
}
