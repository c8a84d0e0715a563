package dev.converge.service;

import dev.converge.outbox.OutboxTables;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the daily partitions of outbox and inbox: at start, every hour, sooner after a failure. */
public final class PartitionMaintenance extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionMaintenance.class);
  private static final Duration EVERY = Duration.ofHours(1);
  private static final Duration AFTER_FAILURE = Duration.ofMinutes(1);

  private static final Duration WITHIN = Duration.ofSeconds(30);

  private final Pool pool;
  private final int outboxDays;
  private final int inboxDays;

  public PartitionMaintenance(Pool pool, int outboxDays, int inboxDays) {
    this.pool = pool;
    this.outboxDays = outboxDays;
    this.inboxDays = inboxDays;
  }

  @Override
  public Future<?> start() {
    maintain();
    return Future.succeededFuture();
  }

  private void maintain() {
    OutboxTables.maintain(pool, outboxDays, inboxDays)
        .timeout(WITHIN.toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(done -> again(EVERY))
        .onFailure(
            cause -> {
              LOG.warn(
                  "partitions not maintained, again in {}: {}", AFTER_FAILURE, cause.getMessage());
              again(AFTER_FAILURE);
            });
  }

  private void again(Duration in) {
    vertx.setTimer(in.toMillis(), timer -> maintain());
  }
}
