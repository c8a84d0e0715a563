package dev.converge.outbox.housekeeping;

import dev.converge.outbox.OutboxTables;
import dev.converge.outbox.housekeeping.OutboxHousekeeping.Retention;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates and drops the daily partitions of outbox and inbox: at start, every hour, and sooner
 * after a failure.
 */
final class PartitionMaintenance {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionMaintenance.class);
  private static final Duration EVERY = Duration.ofHours(1);
  private static final Duration FIRST_BACKOFF = Duration.ofSeconds(5);
  private static final Duration MAX_BACKOFF = Duration.ofMinutes(1);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final Vertx vertx;
  private final Pool pool;
  private final Retention retention;
  private int failures;

  PartitionMaintenance(Vertx vertx, Pool pool, Retention retention) {
    this.vertx = vertx;
    this.pool = pool;
    this.retention = retention;
  }

  void start() {
    maintain();
  }

  private void maintain() {
    OutboxTables.maintain(pool, retention.outboxDays(), retention.inboxDays())
        .timeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(done -> succeeded())
        .onFailure(this::failed);
  }

  private void succeeded() {
    failures = 0;
    schedule(EVERY);
  }

  private void failed(Throwable cause) {
    failures++;
    Duration backoff = backoff(failures);
    LOG.warn("partitions not maintained, retry in {}: {}", backoff, String.valueOf(cause));
    schedule(backoff);
  }

  /** The time to wait after a number of consecutive failures; it doubles, up to a minute. */
  static Duration backoff(int failures) {
    Duration doubled = FIRST_BACKOFF.multipliedBy(1L << Math.min(failures - 1, 10));
    return doubled.compareTo(MAX_BACKOFF) < 0 ? doubled : MAX_BACKOFF;
  }

  private void schedule(Duration in) {
    vertx.setTimer(in.toMillis(), timer -> maintain());
  }
}
