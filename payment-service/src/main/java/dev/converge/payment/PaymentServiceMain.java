package dev.converge.payment;

import dev.converge.commitment.Participation;
import dev.converge.outbox.MessageHandler;
import dev.converge.outbox.Outbox;
import dev.converge.payment.application.PaymentRepository;
import dev.converge.payment.checks.PaymentAudit;
import dev.converge.payment.http.OrderClient;
import dev.converge.payment.http.PaymentRoutes;
import dev.converge.payment.http.ProviderRoutes;
import dev.converge.payment.http.WalletRoutes;
import dev.converge.payment.messaging.PaymentCommandHandler;
import dev.converge.payment.messaging.ProviderCalls;
import dev.converge.payment.postgres.PaymentAuditQueries;
import dev.converge.payment.postgres.PostgresPaymentRepository;
import dev.converge.payment.provider.SimulatedProvider;
import dev.converge.payment.provider.Wallets;
import dev.converge.payment.transactions.WalletBranch;
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

/** Starts the payment service: creates its parts and connects them. */
public final class PaymentServiceMain {
  // All messages of this service belong to the saga: the other protocols send requests.
  private static final String SAGA = "saga";

  private PaymentServiceMain() {}

  public static void main(String[] args) {
    ServiceRunner.run("payment-service", PaymentServiceConfig::from, PaymentServiceMain::parts);
  }

  /** In the order in which they start. */
  private static List<Deployable> parts(Foundation foundation, PaymentServiceConfig config) {
    ServiceParts parts = new ServiceParts(foundation, config.service());
    ServiceParts sagaParts = parts.ofProtocol(SAGA);
    PaymentRepository payments = new PostgresPaymentRepository();
    Outbox outbox = sagaParts.outbox();
    HeldRows heldRows = new HeldRows(parts.transactions().isOn());
    SimulatedProvider provider =
        new SimulatedProvider(parts.vertx(), parts.pool(), parts.meters(), heldRows);
    Wallets wallets = new Wallets();
    ProviderCalls calls =
        new ProviderCalls(parts.vertx(), parts.pool(), payments, outbox, provider, parts.meters());
    MessageHandler handler = new PaymentCommandHandler(payments, outbox, calls);
    Messaging messaging =
        sagaParts.messaging(
            PaymentCommandHandler.TOPIC, handler, List.of(PaymentCommandHandler.REPLIES_TOPIC));
    OrderClient orders = new OrderClient(parts.vertx(), config.orderService());
    List<Audit.Check> checks =
        new ArrayList<>(PaymentAudit.checks(new PaymentAuditQueries(parts.pool()), orders::totals));
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
                calls,
                messaging.consumer()));
    Consumer<Router> routes =
        router -> {
          new PaymentRoutes(parts.readPool(), payments).mount(router);
          new ProviderRoutes(provider).mount(router);
          new WalletRoutes(parts.pool(), wallets).mount(router);
        };
    if (parts.transactions().isOn()) {
      TransactionParts transactions = new TransactionParts(parts, "payment");
      WalletBranch branch = new WalletBranch(wallets, payments);
      Participation participation = transactions.everyProtocol(branch, branch);
      all.addAll(transactions.recovery(participation, List.of()));
      routes = routes.andThen(router -> transactions.mount(router, participation));
    }
    all.add(parts.httpApi(messaging, audit, routes));
    return all;
  }
}
