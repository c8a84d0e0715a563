package dev.converge.outbox.reconciler.example;

import dev.converge.outbox.reconciler.OutboxReconciler;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.List;

/** The code of the reconciler's README, with the names of the test platform's outbox. */
public final class ReconcilerExample {
  public static final String TOPIC = "test-reconciled";
  private static final String SLOT = "outbox";
  private static final String SOURCE = "/order-service";
  private static final List<String> TOPICS = List.of(TOPIC);

  private final Vertx vertx;
  private final Pool pool;
  private final MeterRegistry meters;
  private final Duration every;

  /**
   * @param every the time between rounds
   */
  public ReconcilerExample(Vertx vertx, Pool pool, MeterRegistry meters, Duration every) {
    this.vertx = vertx;
    this.pool = pool;
    this.meters = meters;
    this.every = every;
  }

  public Future<String> reconcile(String bootstrapServers) {
    OutboxReconciler.Config config =
        OutboxReconciler.Config.of(SLOT, SOURCE, TOPICS, bootstrapServers).withEvery(every);
    return vertx.deployVerticle(new OutboxReconciler(config, pool, meters));
  }
}
