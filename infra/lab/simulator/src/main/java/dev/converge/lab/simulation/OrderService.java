package dev.converge.lab.simulation;

import static java.util.Objects.requireNonNull;

import dev.converge.order.domain.Order;
import dev.converge.order.saga.ParticipantMessages;
import dev.converge.order.saga.PlaceOrderSaga;
import dev.converge.order.saga.SagaDecision;
import dev.converge.order.saga.SagaDecision.Advanced;
import dev.converge.order.saga.SagaDecision.Send;
import dev.converge.order.saga.SagaDefinition;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaSignal;
import dev.converge.order.saga.SagaSignal.CancelRequested;
import dev.converge.order.saga.SagaSignal.DeadlinePassed;
import dev.converge.order.saga.SagaSignal.Replied;
import dev.converge.order.saga.SagaStatus;
import dev.converge.order.saga.SagaTimes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The orders: {@link SagaDefinition} decides, this locks, writes, sends and keeps deadlines. */
final class OrderService {
  private static final String NAME = "order";
  private static final long LOOK_EVERY_MILLIS = 500;

  private final World world;
  private final Database database;
  private final OrderDatabase tables = new OrderDatabase();
  private final SagaDefinition definition;
  private final Clock clock;
  private final List<Instance> instances;
  private final List<OrderIntake> intakes = new ArrayList<>();

  OrderService(World world, List<Instance> instances, SagaTimes times, int maxBatch) {
    this.world = world;
    this.database = new Database(world, NAME);
    this.definition = PlaceOrderSaga.definition(times);
    this.clock = world.clock("order-service");
    this.instances = instances;
    ConsumerGroup group = world.group(ParticipantMessages.ORDER_REPLIES, database);
    for (Instance instance : instances) {
      intakes.add(new OrderIntake(world, instance, this));
      group.join(instance, new Replies(instance), maxBatch);
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

  /** An instance that is up, if one is. */
  @Nullable OrderIntake anyIntake() {
    List<OrderIntake> live = intakes.stream().filter(OrderIntake::isUp).toList();
    return live.isEmpty() ? null : live.get(world.random().nextInt(live.size()));
  }

  /** Takes the participants' replies to their sagas. */
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
      Map<UUID, SagaInstance> moved = new LinkedHashMap<>();
      for (Message message : batch) {
        signal(tx, instance, message.order(), new Replied(message.payload()), moved);
      }
      return () -> {};
    }
  }

  /** Begins the saga of a new order, in the transaction that inserts the order. */
  void start(Transaction tx, Instance instance, Order order) {
    tx.write(() -> tables.orders().put(order.orderId(), order));
    write(tx, instance, "OrderPlaced", definition.start(order, clock.now()), 0);
  }

  /**
   * Has a signal take effect on a saga whose row is locked.
   *
   * @param moved the sagas that this transaction has moved before
   */
  void signal(
      Transaction tx,
      Instance instance,
      UUID id,
      SagaSignal signal,
      Map<UUID, SagaInstance> moved) {
    SagaInstance known = tables.sagas().get(id);
    if (known == null) {
      throw new IllegalStateException(Trace.name(id) + " has no saga");
    }
    SagaInstance saga = moved.getOrDefault(id, known);
    Order order = requireNonNull(tables.orders().get(id));
    SagaDecision decision = definition.decide(saga, order, signal, clock.now());
    if (decision instanceof Advanced advanced) {
      moved.put(id, advanced.next());
      write(tx, instance, signal.name(), advanced, saga.messages());
      tell(saga, advanced, signal);
    } else {
      world.count(Happening.SIGNAL_IGNORED);
      world.trace().add(NAME, id, signal.name() + " -> " + decision);
    }
    if (signal instanceof CancelRequested) {
      world.count(
          decision instanceof Advanced ? Happening.CANCEL_GRANTED : Happening.CANCEL_REFUSED);
    }
  }

  private void tell(SagaInstance before, Advanced advanced, SagaSignal signal) {
    SagaInstance next = advanced.next();
    if (next.status() == SagaStatus.STUCK) {
      world.count(Happening.SAGA_STUCK);
    }
    if (before.abortReason() == null && next.status() == SagaStatus.COMPENSATING) {
      world.count(Happening.COMPENSATION);
    }
    if (signal instanceof DeadlinePassed) {
      world.count(Happening.DEADLINE_PASSED);
    }
  }

  private void write(
      Transaction tx, Instance instance, String signal, Advanced advanced, long sentBefore) {
    SagaInstance next = advanced.next();
    UUID id = next.orderId();
    tx.write(() -> tables.write(next, signal));
    long sequence = sentBefore;
    for (Send send : advanced.sends()) {
      sequence++;
      tx.append(world.message(NAME, send.topic(), id, sequence, send.payload()));
    }
    world
        .trace()
        .add(NAME, id, signal + " -> " + next.status() + " " + next.step() + " v" + next.version());
    Instant deadline = next.deadline();
    if (deadline != null) {
      tx.write(() -> await(instance, next, clock.millisUntil(deadline)));
    }
  }

  // Each instance looks at times for sagas that are overdue. What finds none is left out.
  private void await(Instance instance, SagaInstance saga, long millis) {
    long later = millis + world.random().nextLong(LOOK_EVERY_MILLIS);
    if (world.is(Broken.DEADLINES_IN_MEMORY)) {
      instance.after(later, () -> look(instance, saga));
    } else {
      world.schedule().after(later, () -> look(instance, saga));
    }
  }

  private void look(Instance instance, SagaInstance saga) {
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

  // Those that someone else is moving are skipped.
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
      Map<UUID, SagaInstance> moved = new LinkedHashMap<>();
      overdue.forEach(id -> signal(tx, instance, id, new DeadlinePassed(), moved));
      instance.next(() -> commitOverdue(instance, tx));
    }
  }

  private boolean isOverdue(@Nullable Instant deadline) {
    return deadline != null && clock.millisUntil(deadline) == 0;
  }

  private void commitOverdue(Instance instance, Transaction tx) {
    if (instance.crashes(Happening.CRASH_OF_DEADLINES)) {
      return;
    }
    if (world.faults().strikes(Fault.LOST_CONNECTION)) {
      world.count(Happening.CONNECTION_LOST);
      tx.rollback();
      return;
    }
    tx.commit();
  }
}
