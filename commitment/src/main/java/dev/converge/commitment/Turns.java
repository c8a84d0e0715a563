package dev.converge.commitment;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Runs what concerns one branch one after the other, in this process. */
final class Turns {
  private final Map<GlobalId, Future<Void>> last = new HashMap<>();

  /** Runs work when the work before it, of the same branch, has ended. */
  <T> Future<T> inTurn(GlobalId id, Supplier<Future<T>> work) {
    Promise<Void> turn = Promise.promise();
    Future<Void> before = enqueue(id, turn.future());
    return before.compose(ended -> work.get()).onComplete(done -> end(id, turn));
  }

  private synchronized Future<Void> enqueue(GlobalId id, Future<Void> turn) {
    Future<Void> before = last.put(id, turn);
    return before == null ? Future.succeededFuture() : before;
  }

  private void end(GlobalId id, Promise<Void> turn) {
    synchronized (this) {
      last.remove(id, turn.future());
    }
    turn.complete();
  }
}
