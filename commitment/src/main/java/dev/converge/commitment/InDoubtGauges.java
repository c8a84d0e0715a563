package dev.converge.commitment;

import dev.converge.timing.Periodic;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Measures what the branches in doubt of a service block: sessions, and the log. */
public final class InDoubtGauges extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(InDoubtGauges.class);
  private static final int MOST = 256;
  private static final Duration EVERY = Duration.ofSeconds(5);
  private static final Duration WITHIN = Duration.ofSeconds(10);

  private final InDoubtBranches branches;
  private final AtomicLong waiters = new AtomicLong();
  private final AtomicLong logBytes = new AtomicLong();
  private final Periodic measurements;

  public InDoubtGauges(InDoubtBranches branches, MeterRegistry meters) {
    this(branches, meters, EVERY);
  }

  InDoubtGauges(InDoubtBranches branches, MeterRegistry meters, Duration every) {
    this.branches = branches;
    this.measurements = new Periodic(() -> measure(every), cause -> failed(cause, every));
    meters.gauge("commitment.in.doubt.waiters", waiters);
    meters.gauge("commitment.in.doubt.log.bytes", logBytes);
  }

  @Override
  public Future<?> start() {
    measurements.start(vertx, Duration.ZERO);
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    measurements.stop();
    return Future.succeededFuture();
  }

  private Future<Duration> measure(Duration every) {
    return branches
        .oldest(MOST)
        .timeout(WITHIN.toMillis(), TimeUnit.MILLISECONDS)
        .map(
            oldest -> {
              set(oldest);
              return every;
            });
  }

  // The branches of a database retain the same log.
  private void set(List<InDoubtBranches.Entry> oldest) {
    waiters.set(oldest.stream().mapToLong(InDoubtBranches.Entry::waiters).sum());
    logBytes.set(oldest.stream().mapToLong(InDoubtBranches.Entry::logBytesHeld).max().orElse(0));
  }

  // The gauges keep their values: branches in doubt do not end while their database is down.
  private static Duration failed(Throwable cause, Duration every) {
    LOG.warn("branches in doubt are not measured: {}", String.valueOf(cause));
    return every;
  }
}
