package dev.converge.order;

import dev.converge.order.application.AdmissionControl;
import dev.converge.order.application.CommitOrder;
import dev.converge.order.application.DualWriteOrder;
import dev.converge.order.application.EndedOrders;
import dev.converge.order.application.FindOrder;
import dev.converge.order.application.IdempotencyKeyRepository;
import dev.converge.order.application.IdempotencyKeyRetention;
import dev.converge.order.application.OrderOutcomes;
import dev.converge.order.application.OrderProtocols;
import dev.converge.order.application.OrderReads;
import dev.converge.order.application.OrderRepository;
import dev.converge.order.application.OrderStoryRepository;
import dev.converge.order.application.PlaceOrder;
import dev.converge.order.application.ReadHeartbeat;
import dev.converge.order.application.ReadNode;
import dev.converge.order.application.ReadPrimary;
import dev.converge.order.application.SagaDeadlines;
import dev.converge.order.application.SagaEngine;
import dev.converge.order.application.SagaFollowUp;
import dev.converge.order.application.SagaRepository;
import dev.converge.order.application.SignalOrder;
import dev.converge.order.domain.OrderProtocol;
import dev.converge.order.http.OrderRoutes;
import dev.converge.order.messaging.OrderEnds;
import dev.converge.order.messaging.SagaReplyHandler;
import dev.converge.order.postgres.PostgresIdempotencyKeyRepository;
import dev.converge.order.postgres.PostgresOperatorLog;
import dev.converge.order.postgres.PostgresOrderRepository;
import dev.converge.order.postgres.PostgresOrderStoryRepository;
import dev.converge.order.postgres.PostgresReadNode;
import dev.converge.order.postgres.PostgresReadPrimary;
import dev.converge.order.postgres.PostgresSagaRepository;
import dev.converge.order.postgres.SagaAudit;
import dev.converge.order.saga.ParticipantMessages;
import dev.converge.order.saga.PlaceOrderSaga;
import dev.converge.order.saga.SagaDefinition;
import dev.converge.order.transactions.OrderTransactions;
import dev.converge.outbox.TopicTail;
import dev.converge.service.ServiceParts;
import dev.converge.service.ServiceParts.Messaging;
import dev.converge.service.audit.Audit;
import dev.converge.service.postgres.DatabaseConfig;
import dev.converge.service.runtime.ServiceRunner;
import dev.converge.service.runtime.ServiceRunner.Foundation;
import dev.converge.service.transactions.TransactionParts;
import io.vertx.core.Deployable;
import io.vertx.ext.web.Router;
import io.vertx.sqlclient.Pool;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Starts the order service: creates its parts and connects them. */
public final class OrderServiceMain {
  private static final List<String> TOPICS =
      List.of(
          ParticipantMessages.INVENTORY_COMMANDS,
          ParticipantMessages.PAYMENT_COMMANDS,
          ParticipantMessages.ORDER_EVENTS);

  private final OrderServiceConfig config;
  private final ServiceParts parts;
  private final ServiceParts sagaParts;
  private final Clock clock = WallClock.find(OrderServiceMain.class.getClassLoader());
  private final OrderRepository orders = new PostgresOrderRepository();
  private final SagaRepository sagas = new PostgresSagaRepository();
  private final OrderStoryRepository stories = new PostgresOrderStoryRepository();
  private final IdempotencyKeyRepository keys = new PostgresIdempotencyKeyRepository();
  private final SagaDefinition definition;
  private final AdmissionControl admission;
  private final TopicTail events;
  private final OrderOutcomes outcomes;
  private final SagaEngine engine;
  private final Pool readPool;
  private final @Nullable ReadPrimary readPrimary;

  private OrderServiceMain(Foundation foundation, OrderServiceConfig config) {
    this.config = config;
    this.parts = new ServiceParts(foundation, config.service());
    this.sagaParts = parts.ofProtocol(OrderProtocol.SAGA.label());
    this.definition = PlaceOrderSaga.definition(config.saga());
    this.admission = new AdmissionControl(parts.vertx(), parts.meters());
    this.events = parts.topicTail(OrderEnds.TOPIC, this::endedElsewhere);
    this.outcomes = new OrderOutcomes(parts.vertx(), parts.meters(), events::listen);
    this.engine =
        new SagaEngine(
            definition,
            sagas,
            sagaParts.outbox(),
            new SagaFollowUp(admission, outcomes, parts.meters(), parts::measure),
            clock);
    this.readPool = parts.readPool();
    this.readPrimary = config.replicas().isEmpty() ? null : readPrimary();
  }

  private ReadPrimary readPrimary() {
    DatabaseConfig database = config.service().database();
    return new PostgresReadPrimary(
        readPool,
        database.singlePool(parts.vertx(), "read-barrier", Map.of()),
        database.singlePool(parts.vertx(), "read-heartbeat", Map.of("synchronous_commit", "local")),
        database.applicationName());
  }

  public static void main(String[] args) {
    ServiceRunner.run(
        "order-service",
        OrderServiceConfig::from,
        (foundation, config) -> new OrderServiceMain(foundation, config).parts());
  }

  private void endedElsewhere(List<String> keys) {
    OrderEnds.of(keys).forEach(outcomes::endedElsewhere);
  }

  /** In the order in which they start. */
  private List<Deployable> parts() {
    Messaging messaging =
        sagaParts.messaging(SagaReplyHandler.TOPIC, new SagaReplyHandler(engine), TOPICS);
    List<Audit.Check> checks = new ArrayList<>(SagaAudit.checks(parts.pool()));
    if (parts.transactions().isOn()) {
      checks.add(TransactionParts.divergenceCheck(parts.pool()));
    }
    Audit audit = parts.audit(checks, messaging);
    List<Deployable> all =
        new ArrayList<>(
            List.of(
                parts.jobLock(),
                parts.operatorLogRetention(),
                parts.operatorBacklog(
                    Map.of("sagas.stuck", () -> SagaAudit.countStuck(parts.pool()))),
                new IdempotencyKeyRetention(parts.pool(), keys, parts.jobLock()::runsHere),
                messaging.housekeeping(),
                messaging.reconciler(),
                audit,
                new SagaDeadlines(parts.pool(), sagas, engine, clock, config.deadlinesEvery()),
                events,
                messaging.consumer()));
    Consumer<Router> routes;
    if (parts.transactions().isOn()) {
      OrderTransactions transactions = new OrderTransactions(parts);
      all.addAll(transactions.recovery());
      routes = router -> orderRoutes(Optional.of(commitOrder(transactions))).mount(router);
      routes = routes.andThen(transactions::mount);
    } else {
      routes = router -> orderRoutes(Optional.empty()).mount(router);
    }
    if (readPrimary != null) {
      all.add(new ReadHeartbeat(readPrimary));
    }
    all.add(parts.httpApi(messaging, audit, routes).whenStopping(outcomes::release));
    return all;
  }

  private OrderProtocols commitOrder(OrderTransactions transactions) {
    EndedOrders ended =
        new EndedOrders(
            parts.pool(),
            keys,
            orders,
            protocol -> parts.ofProtocol(protocol.label()).outbox(),
            parts.meters());
    return new CommitOrder(
        parts.vertx(),
        transactions,
        parts.transactions().undecided(),
        ended,
        new DualWriteOrder(transactions, ended, clock),
        clock);
  }

  private List<ReadNode> replicas() {
    List<ReadNode> replicas = new ArrayList<>();
    for (OrderServiceConfig.Replica replica : config.replicas()) {
      replicas.add(
          new PostgresReadNode(
              config
                  .service()
                  .database()
                  .at(replica.host(), replica.port())
                  .readPool(parts.vertx(), "replica-" + (replicas.size() + 1))));
    }
    return replicas;
  }

  private OrderRoutes orderRoutes(Optional<OrderProtocols> protocols) {
    return new OrderRoutes(
        new PlaceOrder(
            parts.vertx(),
            parts.pool(),
            keys,
            orders,
            engine,
            admission,
            parts.meters(),
            protocols.isPresent()),
        protocols,
        new FindOrder(readPool, orders, sagas, stories, definition),
        new OrderReads(
            parts.vertx(), readPool, orders, stories, readPrimary, replicas(), parts.meters()),
        new SignalOrder(parts.pool(), orders, engine, new PostgresOperatorLog()),
        outcomes,
        config.traceUrl(),
        clock);
  }
}
