package dev.converge.outbox.delivery;

import io.vertx.core.Future;

/** The time of the rules. */
public interface Timing {
  /** A monotonic time in nanoseconds. */
  long nanoTime();

  /** Completes after a delay of one millisecond or more. */
  Future<Void> delay(long millis);
}
