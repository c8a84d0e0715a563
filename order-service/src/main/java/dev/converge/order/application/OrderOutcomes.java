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

  public OrderOutcomes(Vertx vertx) {
    this.vertx = vertx;
  }

  private record Waiting(Context context, Promise<Void> ended) {
    void tell() {
      context.runOnContext(told -> ended.tryComplete());
    }
  }

  /** Completes when the order ends or the time is over, whichever comes first. */
  public Future<Void> await(UUID orderId, Duration atMost) {
    Waiting added = new Waiting(vertx.getOrCreateContext(), Promise.promise());
    waiting.computeIfAbsent(orderId, id -> ConcurrentHashMap.newKeySet()).add(added);
    return added
        .ended()
        .future()
        .timeout(Math.max(1, atMost.toMillis()), TimeUnit.MILLISECONDS)
        .transform(toldOrNot -> forget(orderId, added));
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
