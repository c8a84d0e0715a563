package dev.converge.timing;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Repeats a task. A run begins when a delay has passed since the end of the run before it, so runs
 * never overlap. A verticle stops its tasks in its {@code stop()}: the timer of a run that ends
 * while the verticle is undeployed would outlive it.
 */
public final class Periodic {
  /** The delay until a task that may not run asks again. */
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final Supplier<Future<Duration>> task;
  private final Function<Throwable, Duration> afterFailure;
  private final BooleanSupplier mayRun;
  private volatile boolean isStopped;

  /**
   * @param task one run; returns the delay before the next one. It needs a timeout of its own: a
   *     run that never ends is the last one
   * @param afterFailure reports why a run failed, and returns the delay before the next one
   */
  public Periodic(Supplier<Future<Duration>> task, Function<Throwable, Duration> afterFailure) {
    this(task, afterFailure, () -> true);
  }

  /**
   * A task that only some of a service's instances run at a time.
   *
   * @param mayRun whether this instance may begin a run now; a run that is due waits until it may
   */
  public Periodic(
      Supplier<Future<Duration>> task,
      Function<Throwable, Duration> afterFailure,
      BooleanSupplier mayRun) {
    this.task = task;
    this.afterFailure = afterFailure;
    this.mayRun = mayRun;
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
    if (!mayRun.getAsBoolean()) {
      runAfter(vertx, ASK_AGAIN);
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
