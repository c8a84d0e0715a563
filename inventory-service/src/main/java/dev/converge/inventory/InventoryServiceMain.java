package dev.converge.inventory;

import dev.converge.inventory.application.StockRepository;
import dev.converge.inventory.checks.StockAudit;
import dev.converge.inventory.http.OrderClient;
import dev.converge.inventory.http.StockRoutes;
import dev.converge.inventory.messaging.StockCommandHandler;
import dev.converge.inventory.postgres.PostgresReservationRepository;
import dev.converge.inventory.postgres.PostgresStockRepository;
import dev.converge.inventory.postgres.StockAuditQueries;
import dev.converge.outbox.MessageHandler;
import dev.converge.service.ServiceParts;
import dev.converge.service.ServiceParts.Messaging;
import dev.converge.service.audit.Audit;
import dev.converge.service.runtime.ServiceRunner;
import dev.converge.service.runtime.ServiceRunner.Foundation;
import io.vertx.core.Deployable;
import java.util.List;

/** Starts the inventory service: creates its parts and connects them. */
public final class InventoryServiceMain {
  private InventoryServiceMain() {}

  public static void main(String[] args) {
    ServiceRunner.run(
        "inventory-service", InventoryServiceConfig::from, InventoryServiceMain::parts);
  }

  /** In the order in which they start. */
  private static List<Deployable> parts(Foundation foundation, InventoryServiceConfig config) {
    ServiceParts parts = new ServiceParts(foundation, config.service());
    StockRepository stock = new PostgresStockRepository();
    MessageHandler handler =
        new StockCommandHandler(stock, new PostgresReservationRepository(), parts.outbox());
    Messaging messaging =
        parts.messaging(
            StockCommandHandler.TOPIC, handler, List.of(StockCommandHandler.REPLIES_TOPIC));
    OrderClient orders = new OrderClient(parts.vertx(), config.orderService());
    Audit audit =
        parts.audit(
            StockAudit.checks(new StockAuditQueries(parts.pool()), orders::isOver), messaging);
    return List.of(
        parts.operatorLogRetention(),
        messaging.housekeeping(),
        messaging.reconciler(),
        audit,
        messaging.consumer(),
        parts.httpApi(
            messaging, audit, router -> new StockRoutes(parts.readPool(), stock).mount(router)));
  }
}
