package dev.converge.outbox;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Since when a consumer makes no progress, and why. Written by its event loop, read by any thread.
 */
final class Blockage {
  /** A single failed turn, such as a lost connection, is not reported. */
  private static final Duration REPORTED_AFTER = Duration.ofSeconds(5);

  private record State(Instant since, long sinceNanos, String cause) {}

  private final LongSupplier nanoTime;
  private volatile @Nullable State state;

  Blockage(MeterRegistry meters, LongSupplier nanoTime, String... tags) {
    this.nanoTime = nanoTime;
    Gauge.builder("inbox.blocked.seconds", this, Blockage::seconds)
        .description("How long the consumer has made no progress, 0 if it does")
        .tags(tags)
        .register(meters);
  }

  void failed(String cause) {
    State before = state;
    state =
        before == null
            ? new State(Instant.now(), nanoTime.getAsLong(), cause)
            : new State(before.since(), before.sinceNanos(), cause);
  }

  void ended() {
    if (state != null) {
      state = null;
    }
  }

  private double seconds() {
    State now = state;
    return now == null ? 0 : (nanoTime.getAsLong() - now.sinceNanos()) / 1e9;
  }

  /** Since when and why, if it has lasted. */
  Optional<String> finding() {
    State now = state;
    return now == null || nanoTime.getAsLong() - now.sinceNanos() < REPORTED_AFTER.toNanos()
        ? Optional.empty()
        : Optional.of("since " + now.since() + ": " + now.cause());
  }
}
