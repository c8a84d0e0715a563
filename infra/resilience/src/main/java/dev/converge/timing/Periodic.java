package dev.converge.timing;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Repeats a task. A run begins when a delay has passed since the end of the run before it, so runs
 * never overlap. The timers are those of the verticle that starts the task, and end with it.
 */
public final class Periodic {
  private final Vertx vertx;
  private final Supplier<Future<Duration>> task;
  private final Function<Throwable, Duration> afterFailure;

  private Periodic(
      Vertx vertx, Supplier<Future<Duration>> task, Function<Throwable, Duration> afterFailure) {
    this.vertx = vertx;
    this.task = task;
    this.afterFailure = afterFailure;
  }

  /**
   * Starts to repeat a task.
   *
   * @param first the delay before the first run; zero for none
   * @param task one run; returns the delay before the next one. It needs a timeout of its own: a
   *     run that never ends is the last one
   * @param afterFailure reports why a run failed, and returns the delay before the next one
   */
  public static void start(
      Vertx vertx,
      Duration first,
      Supplier<Future<Duration>> task,
      Function<Throwable, Duration> afterFailure) {
    Periodic periodic = new Periodic(vertx, task, afterFailure);
    if (first.isZero()) {
      periodic.run();
    } else {
      periodic.runAfter(first);
    }
  }

  private void run() {
    Future.succeededFuture()
        .compose(due -> task.get())
        .otherwise(afterFailure)
        .onSuccess(this::runAfter);
  }

  private void runAfter(Duration delay) {
    vertx.setTimer(Math.max(1, delay.toMillis()), timer -> run());
  }
}
