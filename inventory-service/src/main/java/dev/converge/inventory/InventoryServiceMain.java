package dev.converge.inventory;

import dev.converge.inventory.http.OrderClient;
import dev.converge.inventory.http.StockRoutes;
import dev.converge.inventory.messaging.StockCommandHandler;
import dev.converge.inventory.postgres.ReservationRepository;
import dev.converge.inventory.postgres.StockAudit;
import dev.converge.inventory.postgres.StockRepository;
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
import java.util.List;

/** The inventory service: the one place where its objects meet. */
public final class InventoryServiceMain {
  private static final String CONSUMER = "inventory-service";

  private InventoryServiceMain() {}

  public static void main(String[] args) {
    ServiceRunner.run(
        "inventory-service", InventoryServiceConfig::from, InventoryServiceMain::parts);
  }

  private static List<Deployable> parts(Foundation foundation, InventoryServiceConfig own) {
    ServiceConfig config = own.service();
    Telemetry telemetry = foundation.telemetry();
    Pool pool = config.database().pool(foundation.vertx());
    StockRepository stock = new StockRepository();
    StockCommandHandler handler =
        new StockCommandHandler(stock, new ReservationRepository(), new Outbox(telemetry.tracer()));
    OutboxReconciler outboxReconciler =
        new OutboxReconciler(
            config.outboxReconciler(
                "inventory-service", List.of(StockCommandHandler.REPLIES_TOPIC)),
            pool,
            telemetry.meters());
    OrderClient orders = new OrderClient(foundation.vertx(), own.orderService());
    OutboxHousekeeping housekeeping =
        new OutboxHousekeeping(config.housekeeping(), pool, telemetry.meters());
    MessageConsumer consumer =
        new MessageConsumer(
            config.consumer(CONSUMER, StockCommandHandler.TOPIC),
            pool,
            handler,
            telemetry.tracer(),
            telemetry.meters());
    Audit audit =
        new Audit(
            StockAudit.checks(pool, orders::isOver),
            List.of(housekeeping::findings, outboxReconciler::findings, consumer::findings),
            telemetry.meters(),
            config.auditEvery());
    return List.of(
        OperatorActions.retention(pool, config.operatorLogDays()),
        housekeeping,
        outboxReconciler,
        audit,
        consumer,
        new HttpApi(
                config.httpHost(),
                config.httpPort(),
                telemetry,
                "openapi/inventory-service.json",
                () -> pool.query("SELECT 1").execute().mapEmpty(),
                router -> {
                  new StockRoutes(config.database().readPool(foundation.vertx()), stock)
                      .mount(router);
                  new OperatorRoutes(pool, CONSUMER, handler).mount(router);
                  audit.mount(router);
                })
            .classifyingFailures(cause -> WriteProbe.isTransient(cause, pool))
            .allowingHosts(config.allowedHosts()));
  }
}
