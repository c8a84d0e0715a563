package dev.converge.order;

import dev.converge.order.application.AdmissionControl;
import dev.converge.order.application.FindOrder;
import dev.converge.order.application.IdempotencyKeyRetention;
import dev.converge.order.application.OrderOutcomes;
import dev.converge.order.application.PlaceOrder;
import dev.converge.order.application.SagaCoordinator;
import dev.converge.order.application.SagaDeadlines;
import dev.converge.order.application.SignalOrder;
import dev.converge.order.http.OrderRoutes;
import dev.converge.order.messaging.SagaReplyHandler;
import dev.converge.order.postgres.IdempotencyKeyRepository;
import dev.converge.order.postgres.OrderRepository;
import dev.converge.order.postgres.OrderStoryRepository;
import dev.converge.order.postgres.SagaAudit;
import dev.converge.order.postgres.SagaRepository;
import dev.converge.order.saga.ParticipantMessages;
import dev.converge.order.saga.PlaceOrderSaga;
import dev.converge.order.saga.SagaDefinition;
import dev.converge.outbox.MessageConsumer;
import dev.converge.outbox.Outbox;
import dev.converge.outbox.WriteProbe;
import dev.converge.outbox.housekeeping.OutboxHousekeeping;
import dev.converge.outbox.reconciler.OutboxReconciler;
import dev.converge.service.Audit;
import dev.converge.service.HttpApi;
import dev.converge.service.OperatorActions;
import dev.converge.service.OperatorRoutes;
import dev.converge.service.ServiceConfig;
import dev.converge.service.ServiceRunner;
import dev.converge.service.ServiceRunner.Foundation;
import dev.converge.service.Telemetry;
import io.vertx.core.Deployable;
import io.vertx.sqlclient.Pool;
import java.time.Clock;
import java.util.List;

/** The order service: the one place where its objects meet. */
public final class OrderServiceMain {
  private static final String CONSUMER = "order-service";

  private OrderServiceMain() {}

  public static void main(String[] args) {
    ServiceRunner.run("order-service", OrderServiceConfig::from, OrderServiceMain::parts);
  }

  private static List<Deployable> parts(Foundation foundation, OrderServiceConfig config) {
    ServiceConfig service = config.service();
    Telemetry telemetry = foundation.telemetry();
    Clock clock = WallClock.find(OrderServiceMain.class.getClassLoader());
    Pool pool = service.database().pool(foundation.vertx());
    Pool reads = service.database().readPool(foundation.vertx());
    OrderRepository orders = new OrderRepository();
    SagaRepository sagas = new SagaRepository();
    IdempotencyKeyRepository keys = new IdempotencyKeyRepository();
    OrderOutcomes outcomes = new OrderOutcomes(foundation.vertx());
    AdmissionControl admission = new AdmissionControl(foundation.vertx(), telemetry.meters());
    SagaDefinition definition = PlaceOrderSaga.definition(config.saga());
    SagaCoordinator coordinator =
        new SagaCoordinator(
            definition,
            sagas,
            new Outbox(telemetry.tracer()),
            admission,
            clock,
            telemetry.meters());
    OrderRoutes routes =
        new OrderRoutes(
            new PlaceOrder(
                foundation.vertx(), pool, keys, orders, coordinator, admission, telemetry.meters()),
            new FindOrder(reads, orders, sagas, new OrderStoryRepository(), definition),
            new SignalOrder(pool, orders, coordinator, outcomes, new OperatorActions()),
            outcomes,
            config.traceUrl(),
            clock);
    OutboxReconciler outboxReconciler =
        new OutboxReconciler(
            service.outboxReconciler(
                "order-service",
                List.of(
                    ParticipantMessages.INVENTORY_COMMANDS,
                    ParticipantMessages.PAYMENT_COMMANDS,
                    ParticipantMessages.ORDER_EVENTS)),
            pool,
            telemetry.meters());
    OutboxHousekeeping housekeeping =
        new OutboxHousekeeping(service.housekeeping(), pool, telemetry.meters());
    SagaReplyHandler replies = new SagaReplyHandler(coordinator, outcomes);
    MessageConsumer consumer =
        new MessageConsumer(
            service.consumer(CONSUMER, SagaReplyHandler.TOPIC),
            pool,
            replies,
            telemetry.tracer(),
            telemetry.meters());
    Audit audit =
        new Audit(
            SagaAudit.checks(pool),
            List.of(housekeeping::findings, outboxReconciler::findings, consumer::findings),
            telemetry.meters(),
            service.auditEvery());
    return List.of(
        OperatorActions.retention(pool, service.operatorLogDays()),
        new IdempotencyKeyRetention(pool, keys),
        housekeeping,
        outboxReconciler,
        audit,
        new SagaDeadlines(pool, sagas, coordinator, outcomes, clock, config.deadlinesEvery()),
        consumer,
        new HttpApi(
                service.httpHost(),
                service.httpPort(),
                telemetry,
                "openapi/order-service.json",
                () -> pool.query("SELECT 1").execute().mapEmpty(),
                router -> {
                  routes.mount(router);
                  new OperatorRoutes(pool, CONSUMER, replies).mount(router);
                  audit.mount(router);
                })
            .classifyingFailures(cause -> WriteProbe.isTransient(cause, pool))
            .allowingHosts(service.allowedHosts())
            .whenStopping(outcomes::release));
  }
}
