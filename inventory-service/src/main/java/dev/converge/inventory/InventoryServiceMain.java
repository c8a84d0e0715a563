package dev.converge.inventory;

import dev.converge.commitment.Participation;
import dev.converge.inventory.application.DeferredCommandRepository;
import dev.converge.inventory.application.ReservationRepository;
import dev.converge.inventory.application.StockRepository;
import dev.converge.inventory.checks.StockAudit;
import dev.converge.inventory.http.OrderClient;
import dev.converge.inventory.http.StockRoutes;
import dev.converge.inventory.messaging.Deferral;
import dev.converge.inventory.messaging.DeferredCommands;
import dev.converge.inventory.messaging.StockCommandHandler;
import dev.converge.inventory.postgres.PostgresDeferredCommandRepository;
import dev.converge.inventory.postgres.PostgresReservationRepository;
import dev.converge.inventory.postgres.PostgresStockRepository;
import dev.converge.inventory.postgres.StockAuditQueries;
import dev.converge.inventory.transactions.StockBranch;
import dev.converge.service.ServiceParts;
import dev.converge.service.ServiceParts.Messaging;
import dev.converge.service.audit.Audit;
import dev.converge.service.postgres.HeldRows;
import dev.converge.service.runtime.ServiceRunner;
import dev.converge.service.runtime.ServiceRunner.Foundation;
import dev.converge.service.transactions.TransactionParts;
import io.vertx.core.Deployable;
import io.vertx.ext.web.Router;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Starts the inventory service: creates its parts and connects them. */
public final class InventoryServiceMain {
  // All messages of this service belong to the saga: the other protocols send requests.
  private static final String SAGA = "saga";

  private InventoryServiceMain() {}

  public static void main(String[] args) {
    ServiceRunner.run(
        "inventory-service", InventoryServiceConfig::from, InventoryServiceMain::parts);
  }

  /** In the order in which they start. */
  private static List<Deployable> parts(Foundation foundation, InventoryServiceConfig config) {
    ServiceParts parts = new ServiceParts(foundation, config.service());
    ServiceParts sagaParts = parts.ofProtocol(SAGA);
    StockRepository stock = new PostgresStockRepository();
    ReservationRepository reservations = new PostgresReservationRepository();
    DeferredCommandRepository deferred = new PostgresDeferredCommandRepository();
    HeldRows heldRows = new HeldRows(parts.transactions().isOn());
    StockCommandHandler handler =
        new StockCommandHandler(
            stock, reservations, sagaParts.outbox(), new Deferral(stock, deferred, heldRows));
    Messaging messaging =
        sagaParts.messaging(
            StockCommandHandler.TOPIC, handler, List.of(StockCommandHandler.REPLIES_TOPIC));
    OrderClient orders = new OrderClient(parts.vertx(), config.orderService());
    List<Audit.Check> checks =
        new ArrayList<>(StockAudit.checks(new StockAuditQueries(parts.pool()), orders::isOver));
    if (parts.transactions().isOn()) {
      checks.add(TransactionParts.divergenceCheck(parts.pool()));
    }
    Audit audit = parts.audit(checks, messaging);
    List<Deployable> all =
        new ArrayList<>(
            List.of(
                parts.jobLock(),
                parts.operatorLogRetention(),
                parts.operatorBacklog(Map.of()),
                messaging.housekeeping(),
                messaging.reconciler(),
                audit,
                new DeferredCommands(parts.pool(), deferred, handler, heldRows, parts.meters()),
                messaging.consumer()));
    Consumer<Router> routes = router -> new StockRoutes(parts.readPool(), stock).mount(router);
    if (parts.transactions().isOn()) {
      TransactionParts transactions = new TransactionParts(parts, "inventory");
      StockBranch branch = new StockBranch(stock, reservations);
      Participation participation = transactions.everyProtocol(branch, branch);
      all.addAll(transactions.recovery(participation, List.of()));
      routes = routes.andThen(router -> transactions.mount(router, participation));
    }
    all.add(parts.httpApi(messaging, audit, routes));
    return all;
  }
}
