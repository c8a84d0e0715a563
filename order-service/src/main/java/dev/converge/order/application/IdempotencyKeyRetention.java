package dev.converge.order.application;

import dev.converge.timing.Periodic;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes idempotency keys past their retention in bounded batches, at start and every ten minutes.
 */
public final class IdempotencyKeyRetention extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(IdempotencyKeyRetention.class);
  static final int RETENTION_DAYS = 7;
  static final int MAX_BATCH = 1_000;
  static final Duration EVERY = Duration.ofMinutes(10);
  static final Duration WHILE_FULL = Duration.ofMillis(500);
  private static final Duration WITHIN = Duration.ofSeconds(30);

  private final Pool pool;
  private final IdempotencyKeyRepository keys;
  private final Periodic pruning;

  /**
   * @param runsHere whether this instance does it
   */
  public IdempotencyKeyRetention(
      Pool pool, IdempotencyKeyRepository keys, BooleanSupplier runsHere) {
    this.pool = pool;
    this.keys = keys;
    this.pruning =
        new Periodic(
            () -> prune().map(IdempotencyKeyRetention::pause),
            IdempotencyKeyRetention::failed,
            runsHere);
  }

  @Override
  public Future<?> start() {
    pruning.start(vertx, Duration.ZERO);
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    pruning.stop();
    return Future.succeededFuture();
  }

  /** Deletes a batch of keys; returns how many. */
  Future<Integer> prune() {
    return keys.prune(pool, RETENTION_DAYS, MAX_BATCH)
        .timeout(WITHIN.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The pause after a batch: short while there are more keys to delete. */
  static Duration pause(int pruned) {
    return pruned == MAX_BATCH ? WHILE_FULL : EVERY;
  }

  private static Duration failed(Throwable cause) {
    LOG.warn("pruning idempotency keys failed: {}", String.valueOf(cause));
    return EVERY;
  }
}
