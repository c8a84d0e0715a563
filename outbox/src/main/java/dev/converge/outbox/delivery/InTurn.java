package dev.converge.outbox.delivery;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Iterator;
import java.util.function.Function;

/**
 * Runs a step for each of many items, one after the other, and stops at the first failure. A chain
 * of {@code compose} would nest once per item, and thousands of items would overflow the stack.
 */
final class InTurn<T> {
  private final Iterator<T> items;
  private final Function<T, Future<Void>> step;
  private final Promise<Void> done = Promise.promise();

  private InTurn(Iterator<T> items, Function<T, Future<Void>> step) {
    this.items = items;
    this.step = step;
  }

  /** Failed with the first failure; a step that throws has failed. */
  static <T> Future<Void> forEach(Iterable<T> items, Function<T, Future<Void>> step) {
    InTurn<T> turns = new InTurn<>(items.iterator(), step);
    turns.resume();
    return turns.done.future();
  }

  private void resume() {
    while (items.hasNext()) {
      Future<Void> stepped = Future.succeededFuture(items.next()).compose(step);
      if (!stepped.isComplete()) {
        stepped.onComplete(this::stepped);
        return;
      }
      if (stepped.failed()) {
        done.fail(stepped.cause());
        return;
      }
    }
    done.complete();
  }

  private void stepped(AsyncResult<Void> result) {
    if (result.succeeded()) {
      resume();
    } else {
      done.fail(result.cause());
    }
  }
}
