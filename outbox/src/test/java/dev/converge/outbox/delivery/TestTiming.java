package dev.converge.outbox.delivery;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/** Virtual time that a delay advances, or the time of an event loop. */
final class TestTiming implements Timing {
  private final @Nullable Vertx vertx;
  private long nanos;

  TestTiming() {
    this(null);
  }

  TestTiming(@Nullable Vertx vertx) {
    this.vertx = vertx;
  }

  @Override
  public long nanoTime() {
    return vertx == null ? nanos : System.nanoTime();
  }

  @Override
  public Future<Void> delay(long millis) {
    if (vertx != null) {
      return vertx.timer(millis, MILLISECONDS);
    }
    elapse(millis);
    return Future.succeededFuture();
  }

  void elapse(long millis) {
    nanos += MILLISECONDS.toNanos(millis);
  }
}
