package dev.converge.order.application;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
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
  /** Why a wait was over. */
  public enum Wake {
    /** This instance has committed the order's end. */
    COMMIT,
    /** The event of the order's end was read: another instance has committed it. */
    EVENT,
    /** The service stops. */
    STOP,
    /** Nothing was heard in time. */
    TIMEOUT
  }

  /** How a request has seen the end of the order that it waited for. */
  public enum Seen {
    /** The order had ended when the wait began. */
    FIRST_READ,
    COMMIT,
    EVENT,
    /** A read that is repeated in case that nothing is heard. */
    POLL,
    /** The order had not ended when the wait was over. */
    NOT;

    private String tag() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  private final Vertx vertx;
  private final Runnable listen;
  private final Map<Seen, Counter> seen = new EnumMap<>(Seen.class);
  private final Map<UUID, Set<Waiting>> waiting = new ConcurrentHashMap<>();
  private volatile boolean stopped;

  /**
   * @param listen is called before each wait: from then on, ends that other instances have
   *     committed are reported to {@link #endedElsewhere}
   */
  public OrderOutcomes(Vertx vertx, MeterRegistry meters, Runnable listen) {
    this.vertx = vertx;
    this.listen = listen;
    for (Seen how : Seen.values()) {
      seen.put(how, meters.counter("orders.waits", "seen", how.tag()));
    }
  }

  private record Waiting(Context context, Promise<Wake> over) {
    void wake(Wake why) {
      context.runOnContext(run -> over.tryComplete(why));
    }
  }

  /** Ends all waits, and later ones immediately, because the service stops. */
  public void release() {
    stopped = true;
    waiting.keySet().forEach(orderId -> wake(orderId, Wake.STOP));
  }

  /** Completes when the order ends, when the service stops, or on timeout. Never fails. */
  public Future<Wake> await(UUID orderId, Duration atMost) {
    Waiting added = new Waiting(vertx.getOrCreateContext(), Promise.promise());
    waiting.computeIfAbsent(orderId, id -> ConcurrentHashMap.newKeySet()).add(added);
    listen.run();
    // Checked after the wait is added: either release() finds the wait, or the wait sees the flag.
    if (stopped) {
      added.wake(Wake.STOP);
    }
    return added
        .over()
        .future()
        .timeout(Math.max(1, atMost.toMillis()), TimeUnit.MILLISECONDS)
        .otherwise(Wake.TIMEOUT)
        .onComplete(over -> forget(orderId, added));
  }

  /** Wakes the requests that wait for an order whose end this instance has committed. */
  public void ended(UUID orderId) {
    wake(orderId, Wake.COMMIT);
  }

  /** Wakes the requests that wait for an order whose end any instance has committed. */
  public void endedElsewhere(UUID orderId) {
    wake(orderId, Wake.EVENT);
  }

  /** Counts a wait by how it has seen the order's end. */
  public void count(Seen how) {
    Counter counter = seen.get(how);
    if (counter != null) {
      counter.increment();
    }
  }

  private void wake(UUID orderId, Wake why) {
    Set<Waiting> woken = waiting.remove(orderId);
    if (woken != null) {
      woken.forEach(one -> one.wake(why));
    }
  }

  private void forget(UUID orderId, Waiting added) {
    waiting.computeIfPresent(
        orderId,
        (id, others) -> {
          others.remove(added);
          return others.isEmpty() ? null : others;
        });
  }
}
