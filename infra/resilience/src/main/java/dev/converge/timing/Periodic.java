package dev.converge.timing;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Repeats a task. A run begins when a delay has passed since the end of the run before it, so runs
 * never overlap. A verticle stops its tasks in its {@code stop()}: the timer of a run that ends
 * while the verticle is undeployed would outlive it.
 */
public final class Periodic {
  private final Supplier<Future<Duration>> task;
  private final Function<Throwable, Duration> afterFailure;
  private volatile boolean isStopped;

  /**
   * @param task one run; returns the delay before the next one. It needs a timeout of its own: a
   *     run that never ends is the last one
   * @param afterFailure reports why a run failed, and returns the delay before the next one
   */
  public Periodic(Supplier<Future<Duration>> task, Function<Throwable, Duration> afterFailure) {
    this.task = task;
    this.afterFailure = afterFailure;
  }

  /**
   * Starts to repeat the task, on the caller's context. Called once.
   *
   * @param first the delay before the first run; zero for none
   */
  public void start(Vertx vertx, Duration first) {
    if (first.isZero()) {
      run(vertx);
    } else {
      runAfter(vertx, first);
    }
  }

  /** Prevents further runs. A run in progress continues. Further calls have no effect. */
  public void stop() {
    isStopped = true;
  }

  private void run(Vertx vertx) {
    if (isStopped) {
      return;
    }
    Future.succeededFuture()
        .compose(due -> task.get())
        .otherwise(afterFailure)
        .onSuccess(delay -> runAfter(vertx, delay));
  }

  private void runAfter(Vertx vertx, Duration delay) {
    if (!isStopped) {
      vertx.setTimer(Math.max(1, delay.toMillis()), timer -> run(vertx));
    }
  }
}
