package dev.converge.order.application;

import io.vertx.core.Context;
import io.vertx.core.Deployable;
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
 *
 * <p>Stops before the HTTP server does: who waits then is told to wait no longer, and gets an
 * answer while there is still somebody to give it.
 */
public final class OrderOutcomes implements Deployable {
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

  @Override
  public Future<?> deploy(Context context) {
    return Future.succeededFuture();
  }

  @Override
  public Future<?> undeploy(Context context) {
    stopped = true;
    waiting.keySet().forEach(this::ended);
    return Future.succeededFuture();
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
