package dev.converge.order.application;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Shares runs of a task: each caller gets the result of a run that began after its call, and one
 * run is in flight at a time. Belongs to one event loop.
 */
final class Coalesced<T> {
  private final Supplier<Future<T>> task;
  private boolean running;
  private @Nullable Promise<T> next;

  Coalesced(Supplier<Future<T>> task) {
    this.task = task;
  }

  Future<T> run() {
    Promise<T> waiting = next;
    if (waiting == null) {
      waiting = Promise.promise();
      next = waiting;
    }
    if (!running) {
      start(waiting);
    }
    return waiting.future();
  }

  private void start(Promise<T> callers) {
    running = true;
    next = null;
    task.get().onComplete(result -> ended(callers, result));
  }

  private void ended(Promise<T> callers, AsyncResult<T> result) {
    running = false;
    Promise<T> waiting = next;
    if (waiting != null) {
      start(waiting);
    }
    if (result.succeeded()) {
      callers.complete(result.result());
    } else {
      callers.fail(result.cause());
    }
  }
}
