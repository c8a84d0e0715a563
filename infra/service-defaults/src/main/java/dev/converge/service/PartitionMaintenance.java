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
  private static final Duration FIRST_RETRY = Duration.ofSeconds(5);
  private static final Duration LAST_RETRY = Duration.ofMinutes(1);
  private static final Duration WITHIN = Duration.ofSeconds(30);

  private final Pool pool;
  private final int outboxDays;
  private final int inboxDays;
  private int failures;

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
        .onSuccess(
            done -> {
              failures = 0;
              again(EVERY);
            })
        .onFailure(
            cause -> {
              failures++;
              Duration wait = afterFailures(failures);
              LOG.warn("partitions not maintained, again in {}: {}", wait, cause.getMessage());
              again(wait);
            });
  }

  /** How long to wait after so many failures in a row: it doubles. */
  static Duration afterFailures(int failures) {
    Duration doubled = FIRST_RETRY.multipliedBy(1L << Math.min(failures - 1, 10));
    return doubled.compareTo(LAST_RETRY) < 0 ? doubled : LAST_RETRY;
  }

  private void again(Duration in) {
    vertx.setTimer(in.toMillis(), timer -> maintain());
  }
}
