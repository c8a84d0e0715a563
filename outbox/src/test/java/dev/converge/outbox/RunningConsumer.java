package dev.converge.outbox;

import dev.converge.testkit.OutboxPlatform;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A deployed consumer with meters of its own; closing it undeploys it. */
final class RunningConsumer implements AutoCloseable {
  private final OutboxPlatform platform;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final MessageConsumer consumer;
  private final String deployment;

  /** A consumer with short retries, named like its topic. */
  RunningConsumer(OutboxPlatform platform, String topic, MessageHandler handler) {
    this(platform, topic, 500, handler);
  }

  RunningConsumer(OutboxPlatform platform, String topic, int maxBatch, MessageHandler handler) {
    this(platform, platform.pool(), topic, maxBatch, handler);
  }

  /** A consumer whose inbox is in the database of a pool. */
  RunningConsumer(
      OutboxPlatform platform, Pool pool, String topic, int maxBatch, MessageHandler handler) {
    this.platform = platform;
    ConsumerConfig config =
        new ConsumerConfig(
            topic,
            topic,
            maxBatch,
            Duration.ofMillis(200),
            Duration.ofSeconds(10),
            new RetryPolicy(3, Duration.ofMillis(10), Duration.ofMillis(200)),
            Map.of(
                "bootstrap.servers",
                platform.bootstrapServers(),
                // A consumer that closes first waits for its last fetch: 2 s by default.
                "fetch.max.wait.ms",
                "100",
                "heartbeat.interval.ms",
                "300"));
    this.consumer =
        new MessageConsumer(config, pool, handler, OpenTelemetry.noop().getTracer("test"), meters);
    this.deployment = OutboxPlatform.await(platform.vertx().deployVerticle(consumer));
  }

  long handled() {
    return counted("inbox.messages.handled");
  }

  long duplicates() {
    return counted("inbox.messages.duplicate");
  }

  long parked() {
    return counted("inbox.messages.parked");
  }

  long retriedBatches() {
    return counted("inbox.batches.retried");
  }

  long passed() {
    return counted("inbox.records.passed");
  }

  double blockedSeconds() {
    return meters.get("inbox.blocked.seconds").gauge().value();
  }

  Map<String, List<String>> findings() {
    return consumer.findings();
  }

  DistributionSummary batches() {
    return meters.get("inbox.transaction.messages").summary();
  }

  private long counted(String name) {
    return (long) meters.get(name).counter().count();
  }

  @Override
  public void close() {
    OutboxPlatform.await(platform.vertx().undeploy(deployment));
  }
}
