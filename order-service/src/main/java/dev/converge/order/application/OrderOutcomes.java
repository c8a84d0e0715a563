package dev.converge.order.application;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Tells those who wait that an order has ended, within this process. A hint, not a truth: who waits
 * reads the order afterwards, whether told or not.
 */
public final class OrderOutcomes {
  private final Vertx vertx;
  private final Map<UUID, Set<Waiting>> waiting = new ConcurrentHashMap<>();
  private volatile boolean stopped;

  public OrderOutcomes(Vertx vertx) {
    this.vertx = vertx;
  }

  private record Waiting(Context context, Promise<Void> ended) {
    void tell() {
      context.runOnContext(told -> ended.tryComplete());
    }
  }

  /** Nobody is to wait any longer: who waits is told now, and who comes yet at once. */
  public void release() {
    stopped = true;
    waiting.keySet().forEach(this::ended);
  }

  /** Whether the order has ended in this time, or is not waited for any longer; else it is over. */
  public Future<Boolean> await(UUID orderId, Duration atMost) {
    Waiting added = new Waiting(vertx.getOrCreateContext(), Promise.promise());
    waiting.computeIfAbsent(orderId, id -> ConcurrentHashMap.newKeySet()).add(added);
    // Asked after it was added: whoever stops sees either this wait or is seen by it.
    if (stopped) {
      added.tell();
    }
    return added
        .ended()
        .future()
        .timeout(Math.max(1, atMost.toMillis()), TimeUnit.MILLISECONDS)
        .transform(told -> forget(orderId, added).map(forgotten -> told.succeeded()));
  }

  /** An order has ended, and the transaction that ended it has committed. */
  public void ended(UUID orderId) {
    Set<Waiting> told = waiting.remove(orderId);
    if (told != null) {
      told.forEach(Waiting::tell);
    }
  }

  private Future<Void> forget(UUID orderId, Waiting added) {
    waiting.computeIfPresent(
        orderId,
        (id, others) -> {
          others.remove(added);
          return others.isEmpty() ? null : others;
        });
    return Future.succeededFuture();
  }
}
