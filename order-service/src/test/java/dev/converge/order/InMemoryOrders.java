package dev.converge.order;

import dev.converge.order.application.AdmissionControl;
import dev.converge.order.application.OperatorLog;
import dev.converge.order.application.OrderOutcomes;
import dev.converge.order.application.OrderRepository;
import dev.converge.order.application.OrderStoryRepository;
import dev.converge.order.application.SagaEngine;
import dev.converge.order.application.SagaFollowUp;
import dev.converge.order.application.SagaRepository;
import dev.converge.order.domain.Order;
import dev.converge.order.domain.OrderLine;
import dev.converge.order.saga.SagaDefinition;
import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaTimes;
import dev.converge.order.saga.SagaTransition;
import dev.converge.order.saga.ThreeSteps;
import dev.converge.outbox.Outbox;
import dev.converge.outbox.OutboxMessage;
import dev.converge.testkit.InMemoryDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The order service's repositories, outbox and saga engine in memory, for unit tests. */
public final class InMemoryOrders {
  public static final SagaTimes TIMES = SagaTimes.standard();
  public static final Instant PLACED_AT = Instant.parse("2026-01-01T00:00:00Z");
  public static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  public static final String APPEND = "append";
  public static final String LOG_ACTION = "log action";

  private final InMemoryDatabase database = new InMemoryDatabase();
  private final SettableClock clock = new SettableClock(PLACED_AT);
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final InMemorySagas sagas = new InMemorySagas(database);
  private final InMemoryOrderTable orders = new InMemoryOrderTable(database, sagas);
  private final InMemoryKeys keys = new InMemoryKeys(database);
  private final Map<UUID, OutboxMessage> sent = database.table();
  private final Map<Integer, String> actions = database.table();
  private final SagaDefinition definition = ThreeSteps.definition(TIMES);
  private final OrderOutcomes outcomes;
  private final SagaEngine engine;

  public InMemoryOrders(Vertx vertx) {
    this.outcomes = new OrderOutcomes(vertx, meters, () -> {});
    this.engine =
        new SagaEngine(
            definition,
            sagas,
            outbox(),
            new SagaFollowUp(new AdmissionControl(vertx, meters), outcomes, meters),
            clock);
  }

  /** An order for a mug, with this number as its id. */
  public static Order order(int id) {
    return Order.placed(
        new UUID(0, id),
        "ada",
        "EUR",
        List.of(new OrderLine("mug", 1, 900)),
        "tok_ok",
        TRACE,
        PLACED_AT);
  }

  public InMemoryDatabase database() {
    return database;
  }

  public SettableClock clock() {
    return clock;
  }

  public SimpleMeterRegistry meters() {
    return meters;
  }

  public SagaDefinition definition() {
    return definition;
  }

  public OrderOutcomes outcomes() {
    return outcomes;
  }

  public SagaEngine engine() {
    return engine;
  }

  public OrderRepository orders() {
    return orders;
  }

  public SagaRepository sagas() {
    return sagas;
  }

  public InMemoryKeys keys() {
    return keys;
  }

  public OrderStoryRepository stories() {
    return new InMemoryStories(database, orders, sagas, sent);
  }

  public Outbox outbox() {
    return (tx, messages) ->
        database.write(
            tx, APPEND, () -> messages.forEach(message -> sent.put(message.id(), message)));
  }

  /** An operator log whose entries {@link #actions} returns. */
  public OperatorLog operatorLog() {
    return new InMemoryOperatorLog(database, actions);
  }

  /** The entries of the operator log. */
  public List<String> actions() {
    return List.copyOf(actions.values());
  }

  /** Places orders with their sagas, past any idempotency key. */
  public void place(Order... placed) {
    List<Order> all = List.of(placed);
    database.inTransaction(
        tx -> Future.join(orders.insert(tx, all), engine.start(tx, all)).mapEmpty());
    database.clearStatements();
  }

  /** Puts a saga into a state that the test chooses. */
  public void put(SagaInstance saga) {
    sagas.put(saga);
  }

  public Optional<SagaInstance> stored(UUID orderId) {
    return sagas.stored(orderId);
  }

  /** The saga of an order as {@code status step/attempt version}. */
  public String saga(Order order) {
    return sagas
        .stored(order.orderId())
        .map(
            saga ->
                "%s %s/%d v%d"
                    .formatted(saga.status(), saga.step(), saga.attempt(), saga.version()))
        .orElse("none");
  }

  /** The timeline of an order, as {@code version:signal>sent}. */
  public List<String> timeline(Order order) {
    return sagas.timeline(order.orderId()).stream().map(InMemoryOrders::line).toList();
  }

  private static String line(SagaTransition transition) {
    return transition.version() + ":" + transition.signal() + ">" + transition.sent();
  }

  /** The messages of an order in the outbox, in their order. */
  public List<OutboxMessage> sent(Order order) {
    return sent.values().stream()
        .filter(message -> message.aggregateId().equals(order.orderId().toString()))
        .toList();
  }

  /** The messages of an order as {@code sequence:type}. */
  public List<String> messages(Order order) {
    return sent(order).stream()
        .map(message -> message.sequence() + ":" + name(message.payload().type()))
        .toList();
  }

  /** The name of a message type without its domain and its version. */
  static String name(String type) {
    return type.replaceAll(".*\\.(\\w+)\\.v1", "$1");
  }

  public double count(String name, String... tags) {
    return meters.counter(name, tags).count();
  }
}
