package dev.converge.order;

import dev.converge.order.application.AdmissionControl;
import dev.converge.order.application.FindOrder;
import dev.converge.order.application.IdempotencyKeyRepository;
import dev.converge.order.application.IdempotencyKeyRetention;
import dev.converge.order.application.OrderOutcomes;
import dev.converge.order.application.OrderRepository;
import dev.converge.order.application.PlaceOrder;
import dev.converge.order.application.SagaDeadlines;
import dev.converge.order.application.SagaEngine;
import dev.converge.order.application.SagaFollowUp;
import dev.converge.order.application.SagaRepository;
import dev.converge.order.application.SignalOrder;
import dev.converge.order.http.OrderRoutes;
import dev.converge.order.messaging.SagaReplyHandler;
import dev.converge.order.postgres.PostgresIdempotencyKeyRepository;
import dev.converge.order.postgres.PostgresOperatorLog;
import dev.converge.order.postgres.PostgresOrderRepository;
import dev.converge.order.postgres.PostgresOrderStoryRepository;
import dev.converge.order.postgres.PostgresSagaRepository;
import dev.converge.order.postgres.SagaAudit;
import dev.converge.order.saga.ParticipantMessages;
import dev.converge.order.saga.PlaceOrderSaga;
import dev.converge.order.saga.SagaDefinition;
import dev.converge.outbox.MessageConsumer;
import dev.converge.outbox.Outbox;
import dev.converge.outbox.WriteProbe;
import dev.converge.outbox.housekeeping.OutboxHousekeeping;
import dev.converge.outbox.reconciler.OutboxReconciler;
import dev.converge.service.ServiceConfig;
import dev.converge.service.audit.Audit;
import dev.converge.service.http.HttpApi;
import dev.converge.service.operators.OperatorActions;
import dev.converge.service.operators.OperatorRoutes;
import dev.converge.service.runtime.ServiceRunner;
import dev.converge.service.runtime.ServiceRunner.Foundation;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.trace.Tracer;
import io.vertx.core.Deployable;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.sqlclient.Pool;
import java.time.Clock;
import java.util.List;

/** Creates the objects of the order service and connects them. */
public final class OrderServiceMain {
  private static final String SERVICE = "order-service";
  private static final List<String> TOPICS =
      List.of(
          ParticipantMessages.INVENTORY_COMMANDS,
          ParticipantMessages.PAYMENT_COMMANDS,
          ParticipantMessages.ORDER_EVENTS);

  private final OrderServiceConfig config;
  private final ServiceConfig service;
  private final Foundation foundation;
  private final Vertx vertx;
  private final Tracer tracer;
  private final MeterRegistry meters;
  private final Clock clock;
  private final Pool pool;
  private final OrderRepository orders = new PostgresOrderRepository();
  private final SagaRepository sagas = new PostgresSagaRepository();
  private final IdempotencyKeyRepository keys = new PostgresIdempotencyKeyRepository();
  private final SagaDefinition definition;
  private final AdmissionControl admission;
  private final OrderOutcomes outcomes;
  private final SagaEngine engine;

  private OrderServiceMain(Foundation foundation, OrderServiceConfig config) {
    this.config = config;
    this.service = config.service();
    this.foundation = foundation;
    this.vertx = foundation.vertx();
    this.tracer = foundation.telemetry().tracer();
    this.meters = foundation.telemetry().meters();
    this.clock = WallClock.find(OrderServiceMain.class.getClassLoader());
    this.pool = service.database().pool(vertx);
    this.definition = PlaceOrderSaga.definition(config.saga());
    this.admission = new AdmissionControl(vertx, meters);
    this.outcomes = new OrderOutcomes(vertx);
    this.engine =
        new SagaEngine(
            definition,
            sagas,
            Outbox.create(tracer),
            new SagaFollowUp(admission, outcomes, meters),
            clock);
  }

  public static void main(String[] args) {
    ServiceRunner.run(
        SERVICE,
        OrderServiceConfig::from,
        (foundation, config) -> new OrderServiceMain(foundation, config).parts());
  }

  /** In the order in which they start. */
  private List<Deployable> parts() {
    SagaReplyHandler replies = new SagaReplyHandler(engine);
    MessageConsumer consumer = consumer(replies);
    OutboxHousekeeping housekeeping = new OutboxHousekeeping(service.housekeeping(), pool, meters);
    OutboxReconciler outboxReconciler =
        new OutboxReconciler(service.outboxReconciler(SERVICE, TOPICS), pool, meters);
    Audit audit = audit(housekeeping, outboxReconciler, consumer);
    return List.of(
        OperatorActions.retention(pool, service.operatorLogDays()),
        new IdempotencyKeyRetention(pool, keys),
        housekeeping,
        outboxReconciler,
        audit,
        new SagaDeadlines(pool, sagas, engine, clock, config.deadlinesEvery()),
        consumer,
        api(replies, audit));
  }

  private MessageConsumer consumer(SagaReplyHandler replies) {
    return new MessageConsumer(
        service.consumer(SERVICE, SagaReplyHandler.TOPIC), pool, replies, tracer, meters);
  }

  private Audit audit(
      OutboxHousekeeping housekeeping,
      OutboxReconciler outboxReconciler,
      MessageConsumer consumer) {
    return new Audit(
        SagaAudit.checks(pool),
        List.of(housekeeping::findings, outboxReconciler::findings, consumer::findings),
        meters,
        service.auditEvery());
  }

  private HttpApi api(SagaReplyHandler replies, Audit audit) {
    return new HttpApi(
            service.httpHost(),
            service.httpPort(),
            foundation.telemetry(),
            "openapi/order-service.json",
            () -> pool.query("SELECT 1").execute().mapEmpty(),
            router -> mount(router, replies, audit))
        .classifyingFailures(cause -> WriteProbe.isTransient(cause, pool))
        .allowingHosts(service.allowedHosts())
        .whenStopping(outcomes::release);
  }

  private void mount(Router router, SagaReplyHandler replies, Audit audit) {
    orderRoutes().mount(router);
    new OperatorRoutes(pool, SERVICE, replies).mount(router);
    audit.mount(router);
  }

  private OrderRoutes orderRoutes() {
    return new OrderRoutes(
        new PlaceOrder(vertx, pool, keys, orders, engine, admission, meters),
        new FindOrder(
            service.database().readPool(vertx),
            orders,
            sagas,
            new PostgresOrderStoryRepository(),
            definition),
        new SignalOrder(pool, orders, engine, new PostgresOperatorLog()),
        outcomes,
        config.traceUrl(),
        clock);
  }
}
