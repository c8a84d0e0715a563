package dev.converge.service;

import dev.converge.outbox.MessageConsumer;
import dev.converge.outbox.MessageHandler;
import dev.converge.outbox.Outbox;
import dev.converge.outbox.OutboxTables;
import dev.converge.outbox.housekeeping.OutboxHousekeeping;
import dev.converge.outbox.reconciler.OutboxReconciler;
import dev.converge.service.audit.Audit;
import dev.converge.service.http.HttpApi;
import dev.converge.service.operators.OperatorActions;
import dev.converge.service.operators.OperatorRoutes;
import dev.converge.service.runtime.AttributeTracer;
import dev.converge.service.runtime.ServiceRunner.Foundation;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.trace.Tracer;
import io.vertx.core.Deployable;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.sqlclient.Pool;
import java.util.List;
import java.util.function.Consumer;

/**
 * Creates the parts that are alike in every service. A service's main adds its own parts and
 * decides the order of their start.
 */
public final class ServiceParts {
  /** The attribute of a span that names the protocol of its order. */
  public static final String PROTOCOL_ATTRIBUTE = "converge.protocol";

  private final Foundation foundation;
  private final ServiceConfig config;
  private final Pool pool;
  private final Tracer tracer;

  public ServiceParts(Foundation foundation, ServiceConfig config) {
    this(
        foundation,
        config,
        config.database().pool(foundation.vertx()),
        foundation.telemetry().tracer());
  }

  private ServiceParts(Foundation foundation, ServiceConfig config, Pool pool, Tracer tracer) {
    this.foundation = foundation;
    this.config = config;
    this.pool = pool;
    this.tracer = tracer;
  }

  /** The same parts, whose spans belong to orders of a protocol. */
  public ServiceParts ofProtocol(String protocol) {
    return new ServiceParts(
        foundation, config, pool, new AttributeTracer(tracer, PROTOCOL_ATTRIBUTE, protocol));
  }

  /**
   * The parts that exchange messages.
   *
   * @param handler of the consumer; also handles replayed dead letters
   */
  public record Messaging(
      MessageHandler handler,
      MessageConsumer consumer,
      OutboxHousekeeping housekeeping,
      OutboxReconciler reconciler) {}

  public Vertx vertx() {
    return foundation.vertx();
  }

  public Tracer tracer() {
    return tracer;
  }

  public MeterRegistry meters() {
    return foundation.telemetry().meters();
  }

  /** The pool for orders, messages and maintenance. */
  public Pool pool() {
    return pool;
  }

  /** Another pool, for reads of the API. */
  public Pool readPool() {
    return config.database().readPool(vertx());
  }

  /** The protocols other than the saga. */
  public TransactionConfig transactions() {
    return config.transactions();
  }

  /** Another pool, for one kind of statements of transactions by these protocols. */
  public Pool transactionPool(String purpose) {
    return config.database().transactionPool(vertx(), purpose);
  }

  /** The outbox, whose messages continue the traces of this service. */
  public Outbox outbox() {
    return Outbox.create(tracer());
  }

  /**
   * Creates the parts that exchange messages.
   *
   * @param topic to consume
   * @param outboxTopics all topics of the outbox's messages
   */
  public Messaging messaging(String topic, MessageHandler handler, List<String> outboxTopics) {
    MessagingConfig messaging = config.messaging();
    return new Messaging(
        handler,
        new MessageConsumer(
            messaging.consumer(config.service(), topic), pool, handler, tracer(), meters()),
        new OutboxHousekeeping(messaging.housekeeping(config.domain() + "-db"), pool, meters()),
        new OutboxReconciler(
            messaging.reconciler(config.service(), outboxTopics, config.auditEvery()),
            pool,
            meters()));
  }

  /** Creates the audit, which reports the findings of the parts that exchange messages, too. */
  public Audit audit(List<Audit.Check> checks, Messaging messaging) {
    return new Audit(
        checks,
        List.of(
            messaging.housekeeping()::findings,
            messaging.reconciler()::findings,
            messaging.consumer()::findings),
        meters(),
        config.auditEvery());
  }

  /** Creates the retention of the operator log. */
  public Deployable operatorLogRetention() {
    return OperatorActions.retention(pool, config.operatorLogDays());
  }

  /**
   * Creates the HTTP server, with the routes of operators and of the audit.
   *
   * @param routes adds the service's own routes
   */
  public HttpApi httpApi(Messaging messaging, Audit audit, Consumer<Router> routes) {
    return new HttpApi(
            config.http(),
            foundation.telemetry(),
            "openapi/" + config.service() + ".json",
            router -> {
              routes.accept(router);
              new OperatorRoutes(pool, config.service(), messaging.handler()).mount(router);
              audit.mount(router);
            })
        .checkingReadiness(() -> pool.query("SELECT 1").execute().mapEmpty())
        .classifyingFailures(cause -> OutboxTables.isTransient(cause, pool));
  }
}
