package dev.converge.order.application;

import dev.converge.order.application.SagaEngine.Signalled;
import dev.converge.order.saga.SagaBatch.Event;
import dev.converge.order.saga.SagaSignal.Trigger;
import dev.converge.timing.Periodic;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Polls for sagas whose deadline has passed and signals them. Deadlines are columns of the table
 * {@code saga}: a crash loses none, and several instances share the work.
 */
public final class SagaDeadlines extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(SagaDeadlines.class);
  static final int MAX_BATCH = 100;
  private static final Duration POLL_TIMEOUT = Duration.ofSeconds(10);

  private final Pool pool;
  private final SagaRepository sagas;
  private final SagaEngine engine;
  private final Clock clock;
  private final Duration interval;
  private final Periodic polls = new Periodic(this::poll, this::failed);

  /**
   * @param interval between two polls
   */
  public SagaDeadlines(
      Pool pool, SagaRepository sagas, SagaEngine engine, Clock clock, Duration interval) {
    this.pool = pool;
    this.sagas = sagas;
    this.engine = engine;
    this.clock = clock;
    this.interval = interval;
  }

  @Override
  public Future<?> start() {
    polls.start(vertx, interval);
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    polls.stop();
    return Future.succeededFuture();
  }

  private Future<Duration> poll() {
    long startNanos = System.nanoTime();
    return signalOverdue()
        .map(signalled -> signalled == MAX_BATCH ? Duration.ZERO : pause(startNanos));
  }

  /** Signals sagas that are overdue, at most {@value #MAX_BATCH}; returns their number. */
  Future<Integer> signalOverdue() {
    return pool.withTransaction(this::signalOverdue)
        .timeout(POLL_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .map(SagaDeadlines::committed);
  }

  private Future<Signalled> signalOverdue(SqlConnection tx) {
    return sagas
        .overdue(tx, clock.instant(), MAX_BATCH)
        .compose(overdue -> engine.signal(tx, events(overdue)));
  }

  private static List<Event> events(List<UUID> overdue) {
    return overdue.stream().map(id -> new Event(id, Trigger.DEADLINE_PASSED)).toList();
  }

  private static int committed(Signalled signalled) {
    signalled.afterCommit().run();
    return signalled.decisions().size();
  }

  // A poll reads every open saga. After an outage there are many: polling becomes rarer then, and
  // takes at most a tenth of the time.
  private Duration pause(long startNanos) {
    Duration nineTimes = Duration.ofNanos(9 * (System.nanoTime() - startNanos));
    return interval.compareTo(nineTimes) > 0 ? interval : nineTimes;
  }

  private Duration failed(Throwable cause) {
    LOG.warn(
        "polling for overdue sagas failed, next poll in {}: {}", interval, String.valueOf(cause));
    return interval;
  }
}
