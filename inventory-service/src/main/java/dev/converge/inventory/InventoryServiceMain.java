package dev.converge.inventory;

import dev.converge.inventory.application.StockRepository;
import dev.converge.inventory.checks.StockAudit;
import dev.converge.inventory.http.OrderClient;
import dev.converge.inventory.http.StockRoutes;
import dev.converge.inventory.messaging.StockCommandHandler;
import dev.converge.inventory.postgres.PostgresReservationRepository;
import dev.converge.inventory.postgres.PostgresStockRepository;
import dev.converge.inventory.postgres.StockAuditQueries;
import dev.converge.outbox.MessageConsumer;
import dev.converge.outbox.MessageHandler;
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
import dev.converge.service.runtime.Telemetry;
import io.vertx.core.Deployable;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.sqlclient.Pool;
import java.util.List;

/** Starts the inventory service: creates its parts and connects them. */
public final class InventoryServiceMain {
  private static final String CONSUMER = "inventory-service";

  private final Vertx vertx;
  private final Telemetry telemetry;
  private final InventoryServiceConfig own;
  private final ServiceConfig config;
  private final Pool pool;
  private final StockRepository stock = new PostgresStockRepository();

  private InventoryServiceMain(Foundation foundation, InventoryServiceConfig own) {
    this.vertx = foundation.vertx();
    this.telemetry = foundation.telemetry();
    this.own = own;
    this.config = own.service();
    this.pool = config.database().pool(vertx);
  }

  public static void main(String[] args) {
    ServiceRunner.run(
        "inventory-service",
        InventoryServiceConfig::from,
        (foundation, own) -> new InventoryServiceMain(foundation, own).parts());
  }

  private List<Deployable> parts() {
    MessageHandler handler = handler();
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
        consumer,
        httpApi(handler, audit));
  }

  private MessageHandler handler() {
    return new StockCommandHandler(
        stock, new PostgresReservationRepository(), Outbox.create(telemetry.tracer()));
  }

  private MessageConsumer consumer(MessageHandler handler) {
    return new MessageConsumer(
        config.consumer(CONSUMER, StockCommandHandler.TOPIC),
        pool,
        handler,
        telemetry.tracer(),
        telemetry.meters());
  }

  private OutboxReconciler reconciler() {
    return new OutboxReconciler(
        config.outboxReconciler(CONSUMER, List.of(StockCommandHandler.REPLIES_TOPIC)),
        pool,
        telemetry.meters());
  }

  private Audit audit(
      OutboxHousekeeping housekeeping, OutboxReconciler reconciler, MessageConsumer consumer) {
    OrderClient orders = new OrderClient(vertx, own.orderService());
    return new Audit(
        StockAudit.checks(new StockAuditQueries(pool), orders::isOver),
        List.of(housekeeping::findings, reconciler::findings, consumer::findings),
        telemetry.meters(),
        config.auditEvery());
  }

  private HttpApi httpApi(MessageHandler handler, Audit audit) {
    return new HttpApi(
            config.httpHost(),
            config.httpPort(),
            telemetry,
            "openapi/inventory-service.json",
            () -> pool.query("SELECT 1").execute().mapEmpty(),
            router -> mountRoutes(router, handler, audit))
        .classifyingFailures(cause -> WriteProbe.isTransient(cause, pool))
        .allowingHosts(config.allowedHosts());
  }

  private void mountRoutes(Router router, MessageHandler handler, Audit audit) {
    new StockRoutes(config.database().readPool(vertx), stock).mount(router);
    new OperatorRoutes(pool, CONSUMER, handler).mount(router);
    audit.mount(router);
  }
}
