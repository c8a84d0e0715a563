package dev.converge.outbox.housekeeping;

import dev.converge.outbox.OutboxTables;
import dev.converge.outbox.delivery.Backoff;
import dev.converge.outbox.housekeeping.OutboxHousekeeping.Retention;
import dev.converge.timing.Periodic;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates and drops the daily partitions of outbox and inbox: at start, every hour, and sooner
 * after a failure.
 */
final class PartitionMaintenance {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionMaintenance.class);
  private static final Duration EVERY = Duration.ofHours(1);
  // Without jitter.
  private static final Backoff BACKOFF = new Backoff(5_000, 60_000, 60_000, bound -> 0);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final Vertx vertx;
  private final Pool pool;
  private final Retention retention;
  private final BooleanSupplier runsHere;
  private int failures;

  PartitionMaintenance(Vertx vertx, Pool pool, Retention retention, BooleanSupplier runsHere) {
    this.vertx = vertx;
    this.pool = pool;
    this.retention = retention;
    this.runsHere = runsHere;
  }

  /** Starts the maintenance; the caller stops it. */
  Periodic start() {
    Periodic runs = new Periodic(this::maintain, this::failed, runsHere);
    runs.start(vertx, Duration.ZERO);
    return runs;
  }

  private Future<Duration> maintain() {
    return OutboxTables.maintain(pool, retention.outboxDays(), retention.inboxDays())
        .timeout(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(done -> failures = 0)
        .map(EVERY);
  }

  private Duration failed(Throwable cause) {
    failures++;
    Duration backoff = backoff(failures);
    LOG.warn("partitions not maintained, retry in {}: {}", backoff, String.valueOf(cause));
    return backoff;
  }

  /** The time to wait after a number of consecutive failures; it doubles, up to a minute. */
  static Duration backoff(int failures) {
    return Duration.ofMillis(BACKOFF.millis(failures));
  }
}
