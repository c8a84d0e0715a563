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
 * Wakes requests that wait for the end of an order, within this process. A hint only: a request
 * reads the order afterwards in any case.
 */
public final class OrderOutcomes {
  private final Vertx vertx;
  private final Map<UUID, Set<Waiting>> waiting = new ConcurrentHashMap<>();
  private volatile boolean stopped;

  public OrderOutcomes(Vertx vertx) {
    this.vertx = vertx;
  }

  private record Waiting(Context context, Promise<Void> ended) {
    void wake() {
      context.runOnContext(run -> ended.tryComplete());
    }
  }

  /** Ends all waits, and later ones immediately, because the service stops. */
  public void release() {
    stopped = true;
    waiting.keySet().forEach(this::ended);
  }

  /** Completes with true when the order ends or the service stops, with false on timeout. */
  public Future<Boolean> await(UUID orderId, Duration atMost) {
    Waiting added = new Waiting(vertx.getOrCreateContext(), Promise.promise());
    waiting.computeIfAbsent(orderId, id -> ConcurrentHashMap.newKeySet()).add(added);
    // Checked after the wait is added: either release() finds the wait, or the wait sees the flag.
    if (stopped) {
      added.wake();
    }
    return added
        .ended()
        .future()
        .timeout(Math.max(1, atMost.toMillis()), TimeUnit.MILLISECONDS)
        .transform(woken -> forget(orderId, added).map(forgotten -> woken.succeeded()));
  }

  /** Wakes the requests that wait for an order whose end has committed. */
  public void ended(UUID orderId) {
    Set<Waiting> woken = waiting.remove(orderId);
    if (woken != null) {
      woken.forEach(Waiting::wake);
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
