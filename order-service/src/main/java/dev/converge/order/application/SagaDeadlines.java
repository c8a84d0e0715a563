package dev.converge.order.application;

import dev.converge.order.application.SagaCoordinator.Event;
import dev.converge.order.application.SagaCoordinator.Outcome;
import dev.converge.order.postgres.SagaRepository;
import dev.converge.order.saga.SagaSignal;
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
 * Finds sagas whose deadline has passed and signals them. The deadlines stand in the table: a crash
 * loses none, and several instances share the work.
 */
public final class SagaDeadlines extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(SagaDeadlines.class);
  private static final int MAX_BATCH = 100;
  private static final Duration WITHIN = Duration.ofSeconds(10);

  private final Pool pool;
  private final SagaRepository sagas;
  private final SagaCoordinator coordinator;
  private final OrderOutcomes outcomes;
  private final Clock clock;
  private final Duration every;

  public SagaDeadlines(
      Pool pool,
      SagaRepository sagas,
      SagaCoordinator coordinator,
      OrderOutcomes outcomes,
      Clock clock,
      Duration every) {
    this.pool = pool;
    this.sagas = sagas;
    this.coordinator = coordinator;
    this.outcomes = outcomes;
    this.clock = clock;
    this.every = every;
  }

  @Override
  public Future<?> start() {
    vertx.setTimer(every.toMillis(), timer -> look());
    return Future.succeededFuture();
  }

  private void look() {
    long begin = System.nanoTime();
    pool.withTransaction(this::signalOverdue)
        .timeout(WITHIN.toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(outcome -> signalled(outcome, begin))
        .onFailure(this::failed);
  }

  private Future<Outcome> signalOverdue(SqlConnection tx) {
    return sagas
        .overdue(tx, clock.instant(), MAX_BATCH)
        .compose(overdue -> coordinator.signal(tx, events(overdue)));
  }

  private static List<Event> events(List<UUID> overdue) {
    return overdue.stream()
        .map(orderId -> new Event(orderId, new SagaSignal.DeadlinePassed(), null, null))
        .toList();
  }

  private void signalled(Outcome outcome, long begin) {
    coordinator.committed(outcome);
    outcome.ended().forEach(outcomes::ended);
    boolean more = outcome.decisions().size() == MAX_BATCH;
    vertx.setTimer(more ? 1 : pauseMillis(begin), timer -> look());
  }

  // Looking goes over every open saga: after an outage, when they are many, it is done less often,
  // so that it never takes more than a tenth of the time.
  private long pauseMillis(long begin) {
    long tookMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    return Math.max(every.toMillis(), 9 * tookMillis);
  }

  private void failed(Throwable cause) {
    LOG.warn("deadlines not looked at, again in {}: {}", every, String.valueOf(cause));
    vertx.setTimer(every.toMillis(), timer -> look());
  }
}
