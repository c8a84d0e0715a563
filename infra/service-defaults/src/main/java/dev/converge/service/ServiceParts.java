package dev.converge.service;

import dev.converge.outbox.DeadLetters;
import dev.converge.outbox.MessageConsumer;
import dev.converge.outbox.MessageHandler;
import dev.converge.outbox.Outbox;
import dev.converge.outbox.OutboxTables;
import dev.converge.outbox.TopicTail;
import dev.converge.outbox.housekeeping.OutboxHousekeeping;
import dev.converge.outbox.reconciler.OutboxReconciler;
import dev.converge.service.audit.Audit;
import dev.converge.service.http.HttpApi;
import dev.converge.service.jobs.JobLock;
import dev.converge.service.jobs.JobMeters;
import dev.converge.service.operators.OperatorActions;
import dev.converge.service.operators.OperatorRoutes;
import dev.converge.service.runtime.AttributeTracer;
import dev.converge.service.runtime.ServiceRunner.Foundation;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.Tracer;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import io.vertx.sqlclient.Pool;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

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
  private final JobLock jobLock;
  private final JobMeters jobMeters;

  public ServiceParts(Foundation foundation, ServiceConfig config) {
    this.foundation = foundation;
    this.config = config;
    this.pool = config.database().pool(foundation.vertx());
    this.tracer = foundation.telemetry().tracer();
    this.jobLock = new JobLock(config.database()::lockPool, meters());
    this.jobMeters = new JobMeters(meters(), jobLock::runsHere);
  }

  private ServiceParts(ServiceParts of, Tracer tracer) {
    this.foundation = of.foundation;
    this.config = of.config;
    this.pool = of.pool;
    this.tracer = tracer;
    this.jobLock = of.jobLock;
    this.jobMeters = of.jobMeters;
  }

  /** The same parts, whose spans belong to orders of a protocol. */
  public ServiceParts ofProtocol(String protocol) {
    return new ServiceParts(this, new AttributeTracer(tracer, PROTOCOL_ATTRIBUTE, protocol));
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

  /** Makes a measurement with a span as its exemplar. */
  public void measure(SpanContext span, Runnable measurement) {
    foundation.telemetry().measure(span, measurement);
  }

  /**
   * Decides which instance runs the periodic jobs. It starts first: the jobs ask it whether they
   * run here.
   */
  public JobLock jobLock() {
    return jobLock;
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
            messaging.consumer(config.service(), topic),
            pool,
            handler,
            tracer(),
            meters(),
            this::measure),
        new OutboxHousekeeping(
            messaging.housekeeping(config.domain() + "-db"),
            pool,
            jobMeters.registry(),
            jobLock::runsHere),
        new OutboxReconciler(
            messaging.reconciler(config.service(), outboxTopics, config.auditEvery()),
            pool,
            jobMeters.registry(),
            jobLock::runsHere));
  }

  /**
   * Creates a reader of what is appended to a topic while it listens.
   *
   * @param keys receives the keys of the records
   */
  public TopicTail topicTail(String topic, Consumer<List<String>> keys) {
    return new TopicTail(topic, config.messaging().kafka(), meters(), keys);
  }

  /** Creates the audit, which reports the findings of the parts that exchange messages, too. */
  public Audit audit(List<Audit.Check> checks, Messaging messaging) {
    return new Audit(
        checks,
        new Audit.Others(
            List.of(messaging.housekeeping()::findings, messaging.reconciler()::findings),
            messaging.consumer()::findings),
        new Audit.Instances(pool, config.messaging().instance(), jobLock::runsHere),
        jobMeters,
        config.auditEvery());
  }

  /**
   * Creates the gauges of what waits for an operator: parked messages, and what else the service
   * has.
   *
   * @param others counts by the name of their gauge
   */
  public Deployable operatorBacklog(Map<String, Supplier<Future<Long>>> others) {
    Map<String, Supplier<Future<Long>>> counts = new TreeMap<>(others);
    counts.put("dead.letters.parked", new DeadLetters(pool)::countParked);
    return OperatorActions.backlog(
        counts, jobMeters.registry(), config.auditEvery(), jobLock::runsHere);
  }

  /** Creates the retention of the operator log. */
  public Deployable operatorLogRetention() {
    return OperatorActions.retention(pool, config.operatorLogDays(), jobLock::runsHere);
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
