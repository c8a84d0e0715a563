package dev.converge.service.operators;

import dev.converge.timing.Periodic;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what waits for an operator, with a gauge for each count. Unlike the counters, which only
 * grow, a gauge returns to 0.
 */
final class OperatorBacklog extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(OperatorBacklog.class);
  private static final Duration WITHIN = Duration.ofSeconds(10);

  private final Map<String, Supplier<Future<Long>>> counts;
  private final Map<String, AtomicLong> waiting = new TreeMap<>();
  private final Duration every;
  private final Periodic rounds;
  private @Nullable String failure;

  /**
   * @param counts by the name of their gauge; each has a bound
   * @param runsHere whether this instance counts
   */
  OperatorBacklog(
      Map<String, Supplier<Future<Long>>> counts,
      MeterRegistry meters,
      Duration every,
      BooleanSupplier runsHere) {
    this.counts = Map.copyOf(counts);
    this.every = every;
    this.rounds = new Periodic(this::count, this::failed, runsHere);
    for (String name : counts.keySet()) {
      AtomicLong shown = new AtomicLong();
      waiting.put(name, shown);
      Gauge.builder(name, shown, AtomicLong::get)
          .description("What waits for an operator, 10,000 at most")
          .register(meters);
    }
  }

  @Override
  public Future<?> start() {
    rounds.start(vertx, Duration.ZERO);
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    rounds.stop();
    return Future.succeededFuture();
  }

  private Future<Duration> count() {
    List<Future<Long>> all = new ArrayList<>();
    waiting.forEach((name, shown) -> all.add(countOf(name).onSuccess(shown::set)));
    return Future.join(all)
        .timeout(WITHIN.toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(done -> failure = null)
        .map(every);
  }

  private Future<Long> countOf(String name) {
    Supplier<Future<Long>> count = counts.get(name);
    return count == null ? Future.failedFuture("no count " + name) : count.get();
  }

  // The last counts stay: what waits does not leave while the database is unavailable.
  private Duration failed(Throwable cause) {
    String why = String.valueOf(cause);
    if (!why.equals(failure)) {
      LOG.warn("what waits for an operator is not counted, next attempt in {}: {}", every, why);
    }
    failure = why;
    return every;
  }
}
