package dev.converge.payment;

import dev.converge.outbox.MessageConsumer;
import dev.converge.outbox.MessageHandler;
import dev.converge.outbox.Outbox;
import dev.converge.outbox.WriteProbe;
import dev.converge.outbox.housekeeping.OutboxHousekeeping;
import dev.converge.outbox.reconciler.OutboxReconciler;
import dev.converge.payment.application.PaymentRepository;
import dev.converge.payment.checks.PaymentAudit;
import dev.converge.payment.http.OrderClient;
import dev.converge.payment.http.PaymentRoutes;
import dev.converge.payment.http.ProviderRoutes;
import dev.converge.payment.messaging.PaymentCommandHandler;
import dev.converge.payment.messaging.ProviderCalls;
import dev.converge.payment.postgres.PaymentAuditQueries;
import dev.converge.payment.postgres.PostgresPaymentRepository;
import dev.converge.payment.provider.SimulatedProvider;
import dev.converge.service.ServiceConfig;
import dev.converge.service.audit.Audit;
import dev.converge.service.http.HttpApi;
import dev.converge.service.operators.OperatorActions;
import dev.converge.service.operators.OperatorRoutes;
import dev.converge.service.runtime.ServiceRunner;
import dev.converge.service.runtime.ServiceRunner.Foundation;
import dev.converge.service.runtime.Telemetry;
import io.vertx.core.Deployable;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.sqlclient.Pool;
import java.util.List;

/** Starts the payment service: creates its parts and connects them. */
public final class PaymentServiceMain {
  private static final String CONSUMER = "payment-service";

  private final Vertx vertx;
  private final Telemetry telemetry;
  private final PaymentServiceConfig own;
  private final ServiceConfig config;
  private final Pool pool;
  private final Outbox outbox;
  private final PaymentRepository payments = new PostgresPaymentRepository();
  private final SimulatedProvider provider;

  private PaymentServiceMain(Foundation foundation, PaymentServiceConfig own) {
    this.vertx = foundation.vertx();
    this.telemetry = foundation.telemetry();
    this.own = own;
    this.config = own.service();
    this.pool = config.database().pool(vertx);
    this.outbox = Outbox.create(telemetry.tracer());
    this.provider = new SimulatedProvider(vertx, pool, telemetry.meters());
  }

  public static void main(String[] args) {
    ServiceRunner.run(
        "payment-service",
        PaymentServiceConfig::from,
        (foundation, own) -> new PaymentServiceMain(foundation, own).parts());
  }

  private List<Deployable> parts() {
    ProviderCalls calls =
        new ProviderCalls(vertx, pool, payments, outbox, provider, telemetry.meters());
    MessageHandler handler = new PaymentCommandHandler(payments, outbox, calls);
    MessageConsumer consumer = consumer(handler);
    OutboxHousekeeping housekeeping =
        new OutboxHousekeeping(config.housekeeping(), pool, telemetry.meters());
    OutboxReconciler reconciler = reconciler();
    Audit audit = audit(housekeeping, reconciler, consumer);
    return List.of(
        OperatorActions.retention(pool, config.operatorLogDays()),
        housekeeping,
        reconciler,
        audit,
        calls,
        consumer,
        httpApi(handler, audit));
  }

  private MessageConsumer consumer(MessageHandler handler) {
    return new MessageConsumer(
        config.consumer(CONSUMER, PaymentCommandHandler.TOPIC),
        pool,
        handler,
        telemetry.tracer(),
        telemetry.meters());
  }

  private OutboxReconciler reconciler() {
    return new OutboxReconciler(
        config.outboxReconciler(CONSUMER, List.of(PaymentCommandHandler.REPLIES_TOPIC)),
        pool,
        telemetry.meters());
  }

  private Audit audit(
      OutboxHousekeeping housekeeping, OutboxReconciler reconciler, MessageConsumer consumer) {
    OrderClient orders = new OrderClient(vertx, own.orderService());
    return new Audit(
        PaymentAudit.checks(new PaymentAuditQueries(pool), orders::totals),
        List.of(housekeeping::findings, reconciler::findings, consumer::findings),
        telemetry.meters(),
        config.auditEvery());
  }

  private HttpApi httpApi(MessageHandler handler, Audit audit) {
    return new HttpApi(
            config.httpHost(),
            config.httpPort(),
            telemetry,
            "openapi/payment-service.json",
            () -> pool.query("SELECT 1").execute().mapEmpty(),
            router -> mountRoutes(router, handler, audit))
        .classifyingFailures(cause -> WriteProbe.isTransient(cause, pool))
        .allowingHosts(config.allowedHosts());
  }

  private void mountRoutes(Router router, MessageHandler handler, Audit audit) {
    new PaymentRoutes(config.database().readPool(vertx), payments).mount(router);
    new ProviderRoutes(provider).mount(router);
    new OperatorRoutes(pool, CONSUMER, handler).mount(router);
    audit.mount(router);
  }
}
