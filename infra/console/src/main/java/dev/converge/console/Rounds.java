package dev.converge.console;

import io.vertx.core.Future;
import java.util.function.Supplier;

/** A round of observations that repeats, one at a time. */
final class Rounds {
  // A part that does not answer is not asked more often.
  private static final long AFTER_FAILURE_MS = 2_000;

  private final long everyMs;
  private final Supplier<Future<Void>> round;
  private long nextMs;
  private boolean isRunning;

  Rounds(long everyMs, Supplier<Future<Void>> round) {
    this.everyMs = everyMs;
    this.round = round;
  }

  /** Begins a round if it is due, and the one before has ended. */
  void tick(long nowMs) {
    if (isRunning || nowMs < nextMs) {
      return;
    }
    isRunning = true;
    nextMs = nowMs + everyMs;
    round
        .get()
        .onFailure(cause -> nextMs = nowMs + Math.max(everyMs, AFTER_FAILURE_MS))
        .onComplete(ended -> isRunning = false);
  }

  /** The next tick begins a round. */
  void makeDue() {
    nextMs = 0;
  }
}
