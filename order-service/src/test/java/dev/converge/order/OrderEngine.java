package dev.converge.order;

import dev.converge.order.application.AdmissionControl;
import dev.converge.order.application.OrderOutcomes;
import dev.converge.order.application.OrderRepository;
import dev.converge.order.application.PlaceOrder;
import dev.converge.order.application.SagaEngine;
import dev.converge.order.application.SagaFollowUp;
import dev.converge.order.application.SagaRepository;
import dev.converge.order.domain.Order;
import dev.converge.order.postgres.PostgresIdempotencyKeyRepository;
import dev.converge.order.postgres.PostgresOrderRepository;
import dev.converge.order.postgres.PostgresSagaRepository;
import dev.converge.order.saga.SagaDefinition;
import dev.converge.order.saga.SagaTimes;
import dev.converge.order.saga.ThreeSteps;
import dev.converge.outbox.Outbox;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The order service's saga engine on its database, under a clock that the test sets. */
public final class OrderEngine {
  public static final SagaTimes TIMES = SagaTimes.standard();

  private final OrderDatabase database;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final SettableClock clock = new SettableClock(Instant.now());
  private final OrderRepository orders = new PostgresOrderRepository();
  private final SagaRepository sagas = new PostgresSagaRepository();
  private final SagaDefinition definition = ThreeSteps.definition(TIMES);
  private final AdmissionControl admission;
  private final OrderOutcomes outcomes;
  private final SagaEngine engine;

  public OrderEngine(OrderDatabase database) {
    this.database = database;
    this.admission = new AdmissionControl(database.vertx(), meters);
    this.outcomes = new OrderOutcomes(database.vertx(), meters, () -> {});
    this.engine =
        new SagaEngine(
            definition,
            sagas,
            Outbox.create(),
            new SagaFollowUp(admission, outcomes, meters),
            clock);
  }

  public SagaEngine engine() {
    return engine;
  }

  public SagaRepository sagas() {
    return sagas;
  }

  public OrderRepository orders() {
    return orders;
  }

  public OrderOutcomes outcomes() {
    return outcomes;
  }

  public SagaDefinition definition() {
    return definition;
  }

  public Clock clock() {
    return clock;
  }

  public void advance(Duration time) {
    clock.advance(time);
  }

  public double count(String name, String... tags) {
    return meters.counter(name, tags).count();
  }

  public PlaceOrder placeOrder() {
    return new PlaceOrder(
        database.vertx(),
        database.pool(),
        new PostgresIdempotencyKeyRepository(),
        orders,
        engine,
        admission,
        meters,
        true);
  }

  /** Places orders with their sagas, in one transaction, and past any idempotency key. */
  public void place(Order... placed) {
    List<Order> all = List.of(placed);
    database.inTransaction(
        tx -> Future.join(orders.insert(tx, all), engine.start(tx, all)).mapEmpty());
  }

  /** The saga of an order as {@code status step/attempt version}. */
  public String saga(Order order) {
    return String.valueOf(
        database.value(
            "SELECT status || ' ' || step || '/' || attempt || ' v' || version FROM saga"
                + " WHERE order_id = '"
                + order.orderId()
                + "'"));
  }

  /** The messages of an order in the outbox, as {@code sequence:type}. */
  public String outbox(Order order) {
    return String.valueOf(
        database.value(
            "SELECT string_agg(sequence || ':' || split_part(type, '.', 4), ' ' ORDER BY"
                + " sequence) FROM outbox WHERE aggregateid = '"
                + order.orderId()
                + "'"));
  }

  /** The timeline of an order, as {@code version:signal>sent}. */
  public String timeline(Order order) {
    return String.valueOf(
        database.value(
            "SELECT string_agg(version || ':' || signal || '>' || sent, ' ' ORDER BY version)"
                + " FROM saga_log WHERE order_id = '"
                + order.orderId()
                + "'"));
  }
}
