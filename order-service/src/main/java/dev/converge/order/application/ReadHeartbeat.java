package dev.converge.order.application;

import dev.converge.timing.Periodic;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the primary's clock into a row, so that a replica's copy shows its age. The time of the
 * last commit that a replica has replayed does not: it grows while nothing is written, and says
 * nothing of what a replica that is cut off has missed.
 */
public final class ReadHeartbeat extends VerticleBase {
  /** The interval; as long as this, an idle replica looks old. */
  static final Duration EVERY = Duration.ofMillis(50);

  private static final Logger LOG = LoggerFactory.getLogger(ReadHeartbeat.class);
  private static final Duration WITHIN = Duration.ofSeconds(2);

  private final ReadPrimary primary;
  private final Periodic beats = new Periodic(this::beat, this::failed);
  private boolean failing;

  public ReadHeartbeat(ReadPrimary primary) {
    this.primary = primary;
  }

  @Override
  public Future<?> start() {
    beats.start(vertx, Duration.ZERO);
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    beats.stop();
    return Future.succeededFuture();
  }

  private Future<Duration> beat() {
    return primary
        .beat()
        .timeout(WITHIN.toMillis(), TimeUnit.MILLISECONDS)
        .onSuccess(written -> failing = false)
        .map(EVERY);
  }

  private Duration failed(Throwable cause) {
    if (!failing) {
      LOG.warn("the age of replicas is not known: {}", String.valueOf(cause));
    }
    failing = true;
    return EVERY;
  }
}
