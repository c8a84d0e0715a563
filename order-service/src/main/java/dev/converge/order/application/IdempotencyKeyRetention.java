package dev.converge.order.application;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes idempotency keys past their retention in bounded batches, at start and every ten minutes.
 */
public final class IdempotencyKeyRetention extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(IdempotencyKeyRetention.class);
  private static final int RETENTION_DAYS = 7;
  private static final int MAX_BATCH = 1_000;
  private static final Duration EVERY = Duration.ofMinutes(10);
  private static final Duration WHILE_FULL = Duration.ofMillis(500);

  private static final Duration WITHIN = Duration.ofSeconds(30);

  private final Pool pool;
  private final IdempotencyKeyRepository keys;

  public IdempotencyKeyRetention(Pool pool, IdempotencyKeyRepository keys) {
    this.pool = pool;
    this.keys = keys;
  }

  @Override
  public Future<?> start() {
    prune();
    return Future.succeededFuture();
  }

  private void prune() {
    keys.prune(pool, RETENTION_DAYS, MAX_BATCH)
        .timeout(WITHIN.toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(pruned -> again(pruned == MAX_BATCH ? WHILE_FULL : EVERY))
        .onFailure(
            cause -> {
              LOG.warn("pruning idempotency keys failed: {}", String.valueOf(cause));
              again(EVERY);
            });
  }

  private void again(Duration in) {
    vertx.setTimer(in.toMillis(), timer -> prune());
  }
}
