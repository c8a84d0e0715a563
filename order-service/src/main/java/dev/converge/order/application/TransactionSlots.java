package dev.converge.order.application;

import dev.converge.service.postgres.GroupCommit.OverloadedException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;

/**
 * Bounds the transactions of a protocol that are undecided at a time. With more of them than rows
 * to lock, each would get its locks only when its votes are overdue, and none would commit. Others
 * wait in the order of their arrival, and are refused if that takes too long.
 *
 * <p>Belongs to one event loop.
 */
final class TransactionSlots {
  private static final int MAX_WAITING = 1_024;
  private static final Duration MAX_WAIT = Duration.ofSeconds(1);

  private final Vertx vertx;
  private final Deque<Promise<Void>> waiting = new ArrayDeque<>();
  private int free;

  /**
   * @param slots transactions at a time
   */
  TransactionSlots(Vertx vertx, int slots) {
    this.vertx = vertx;
    this.free = slots;
  }

  /**
   * Runs work once there is a slot.
   *
   * @return failed with {@link OverloadedException} if there is none in time
   */
  <T> Future<T> run(Supplier<Future<T>> work) {
    return take().compose(taken -> work.get().onComplete(done -> release()));
  }

  private Future<Void> take() {
    if (free > 0) {
      free--;
      return Future.succeededFuture();
    }
    Promise<Void> slot = Promise.promise();
    if (waiting.size() >= MAX_WAITING) {
      slot.fail(new OverloadedException(waiting.size()));
      return slot.future();
    }
    waiting.add(slot);
    long timer =
        vertx.setTimer(
            MAX_WAIT.toMillis(), late -> slot.tryFail(new OverloadedException(waiting.size())));
    return slot.future().onComplete(done -> vertx.cancelTimer(timer));
  }

  // A request that was refused meanwhile does not take the slot.
  private void release() {
    while (!waiting.isEmpty()) {
      if (waiting.remove().tryComplete()) {
        return;
      }
    }
    free++;
  }
}
