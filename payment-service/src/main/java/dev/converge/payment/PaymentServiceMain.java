package dev.converge.payment;

import dev.converge.outbox.MessageConsumer;
import dev.converge.outbox.Outbox;
import dev.converge.outbox.WriteProbe;
import dev.converge.outbox.housekeeping.OutboxHousekeeping;
import dev.converge.outbox.reconciler.OutboxReconciler;
import dev.converge.payment.http.OrderClient;
import dev.converge.payment.http.PaymentRoutes;
import dev.converge.payment.http.ProviderRoutes;
import dev.converge.payment.messaging.PaymentCommandHandler;
import dev.converge.payment.messaging.ProviderCalls;
import dev.converge.payment.postgres.PaymentAudit;
import dev.converge.payment.postgres.PaymentRepository;
import dev.converge.payment.provider.SimulatedProvider;
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
import java.util.List;

/** The payment service: the one place where its objects meet. */
public final class PaymentServiceMain {
  private static final String CONSUMER = "payment-service";

  private PaymentServiceMain() {}

  public static void main(String[] args) {
    ServiceRunner.run("payment-service", PaymentServiceConfig::from, PaymentServiceMain::parts);
  }

  private static List<Deployable> parts(Foundation foundation, PaymentServiceConfig own) {
    ServiceConfig config = own.service();
    Telemetry telemetry = foundation.telemetry();
    Pool pool = config.database().pool(foundation.vertx());
    Outbox outbox = new Outbox(telemetry.tracer());
    PaymentRepository payments = new PaymentRepository();
    SimulatedProvider provider =
        new SimulatedProvider(foundation.vertx(), pool, telemetry.meters());
    ProviderCalls calls =
        new ProviderCalls(foundation.vertx(), pool, payments, outbox, provider, telemetry.meters());
    OutboxReconciler outboxReconciler =
        new OutboxReconciler(
            config.outboxReconciler(
                "payment-service", List.of(PaymentCommandHandler.REPLIES_TOPIC)),
            pool,
            telemetry.meters());
    OrderClient orders = new OrderClient(foundation.vertx(), own.orderService());
    OutboxHousekeeping housekeeping =
        new OutboxHousekeeping(config.housekeeping(), pool, telemetry.meters());
    PaymentCommandHandler commands = new PaymentCommandHandler(payments, outbox, calls);
    MessageConsumer consumer =
        new MessageConsumer(
            config.consumer(CONSUMER, PaymentCommandHandler.TOPIC),
            pool,
            commands,
            telemetry.tracer(),
            telemetry.meters());
    Audit audit =
        new Audit(
            PaymentAudit.checks(pool, orders::totals),
            List.of(housekeeping::findings, outboxReconciler::findings, consumer::findings),
            telemetry.meters(),
            config.auditEvery());
    return List.of(
        OperatorActions.retention(pool, config.operatorLogDays()),
        housekeeping,
        outboxReconciler,
        audit,
        calls,
        consumer,
        new HttpApi(
                config.httpHost(),
                config.httpPort(),
                telemetry,
                "openapi/payment-service.json",
                () -> pool.query("SELECT 1").execute().mapEmpty(),
                router -> {
                  new PaymentRoutes(config.database().readPool(foundation.vertx()), payments)
                      .mount(router);
                  new ProviderRoutes(provider).mount(router);
                  new OperatorRoutes(pool, CONSUMER, commands).mount(router);
                  audit.mount(router);
                })
            .classifyingFailures(cause -> WriteProbe.isTransient(cause, pool))
            .allowingHosts(config.allowedHosts()));
  }
}
