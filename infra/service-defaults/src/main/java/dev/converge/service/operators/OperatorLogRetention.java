package dev.converge.service.operators;

import dev.converge.faults.RowCounts;
import dev.converge.timing.Periodic;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bounds the operator log and the replayed dead letters, at start and every minute, a bounded batch
 * at a time. Entries are kept for a number of days. Of the actions that were refused or failed,
 * only the newest 10,000 are kept.
 */
final class OperatorLogRetention extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(OperatorLogRetention.class);
  private static final int KEPT_NOT_DONE = 10_000;
  private static final int MAX_BATCH = 10_000;
  private static final Duration EVERY = Duration.ofMinutes(1);
  private static final Duration WHILE_FULL = Duration.ofMillis(500);
  private static final Duration WITHIN = Duration.ofSeconds(30);

  private static final String PRUNE = "SELECT operator_log_prune($1, $2, $3)";

  // The minute: rows become old between two statements.
  private static final String COUNT_OLD =
      """
      SELECT (SELECT count(*) FROM (SELECT FROM operator_action
                                    WHERE id < uuid_v7_floor(kept_from) LIMIT 1) AS action)::int
             + (SELECT count(*) FROM (SELECT FROM dead_letter
                                      WHERE id < uuid_v7_floor(kept_from) AND replayed_at < kept_from
                                      LIMIT 1) AS letter)::int AS old
      FROM (SELECT now() - make_interval(days => $1, mins => 1) AS kept_from) AS retention
      """;

  private final Pool pool;
  private final int days;
  private final Periodic pruning;

  /**
   * @param days to keep entries, at least 30
   * @param runsHere whether this instance does it
   */
  OperatorLogRetention(Pool pool, int days, BooleanSupplier runsHere) {
    this.pool = pool;
    this.days = days;
    this.pruning = new Periodic(this::prune, OperatorLogRetention::failed, runsHere);
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

  private Future<Duration> prune() {
    return pool.preparedQuery(PRUNE)
        .execute(Tuple.of(days, KEPT_NOT_DONE, MAX_BATCH))
        .map(rows -> rows.iterator().next().getInteger(0))
        .compose(pruned -> pruned > 0 ? Future.succeededFuture(pruned) : expectNone())
        .timeout(WITHIN.toMillis(), TimeUnit.MILLISECONDS)
        .map(pruned -> pruned >= MAX_BATCH ? WHILE_FULL : EVERY);
  }

  // Nothing was deleted. That is a fault if a trigger keeps the rows.
  private Future<Integer> expectNone() {
    return pool.preparedQuery(COUNT_OLD)
        .execute(Tuple.of(days))
        .map(rows -> rows.iterator().next().getInteger("old"))
        .compose(old -> RowCounts.expect("operator log", 0, old).map(0));
  }

  private static Duration failed(Throwable cause) {
    LOG.warn("operator log not pruned: {}", String.valueOf(cause));
    return EVERY;
  }
}
