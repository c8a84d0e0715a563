package dev.converge.outbox;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Tracer;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a topic and applies each message's effect exactly once.
 *
 * <p>A turn of its loop: poll a bounded batch; in one transaction, mark the messages as seen and
 * pass the new ones to the handler; commit the transaction; commit the offsets, at most ten times a
 * second; linger while messages arrive quickly. A crash, or a rebalance within a turn, leads to a
 * redelivery, which the inbox deduplicates.
 *
 * <p>If a batch fails because of the environment (the database is unavailable, a login or a
 * privilege is missing, the schema differs), it is read again after a backoff, without limit. If it
 * fails because of one message, it is handled message by message, and a message that is at fault
 * itself is parked as a dead letter. The rules are in {@code dev.converge.outbox.delivery}.
 */
public final class MessageConsumer extends VerticleBase {
  private final ConsumerConfig config;
  private final Pool pool;
  private final ConsumerMetrics metrics;
  private final ConsumerFindings findings;
  private final BatchTransaction transaction;
  private @Nullable ConsumerLoop loop;

  /** A consumer without spans, with its meters in Micrometer's global registry. */
  public MessageConsumer(ConsumerConfig config, Pool pool, MessageHandler handler) {
    this(
        config,
        pool,
        handler,
        OpenTelemetry.noop().getTracer("dev.converge.outbox"),
        Metrics.globalRegistry);
  }

  /** A consumer without exemplars. */
  public MessageConsumer(
      ConsumerConfig config,
      Pool pool,
      MessageHandler handler,
      Tracer tracer,
      MeterRegistry meters) {
    this(config, pool, handler, tracer, meters, Exemplars.NONE);
  }

  /**
   * Creates a consumer.
   *
   * @param exemplars measure how long messages took, with the spans that processed them
   */
  public MessageConsumer(
      ConsumerConfig config,
      Pool pool,
      MessageHandler handler,
      Tracer tracer,
      MeterRegistry meters,
      Exemplars exemplars) {
    String[] tags = {"consumer", config.name(), "topic", config.topic()};
    this.config = config;
    this.pool = pool;
    this.metrics = new ConsumerMetrics(meters, exemplars, tags);
    this.findings = new ConsumerFindings(config, metrics, meters, System::nanoTime, tags);
    this.transaction =
        new BatchTransaction(config, pool, handler, new MessagingSpans(tracer), metrics);
  }

  /**
   * The current findings. {@code inbox-passed}: Kafka's offsets were ahead of what is handled, and
   * the records between are read again; reported for a minute. {@code inbox-blocked}: the consumer
   * has made no progress for five seconds; since when, and the cause. Empty if there are none.
   */
  public Map<String, List<String>> findings() {
    return findings.all();
  }

  /** Starts reading. Succeeds immediately, whether or not the broker is available. */
  @Override
  public Future<?> start() {
    ConsumerLoop started = new ConsumerLoop(context, config, pool, transaction, metrics, findings);
    loop = started;
    started.start();
    return Future.succeededFuture();
  }

  /** Stops after the current batch, with its transaction and its offsets. */
  @Override
  public Future<?> stop() {
    ConsumerLoop running = loop;
    return running == null ? Future.succeededFuture() : running.stop();
  }
}
