package dev.converge.order.application;

import dev.converge.service.postgres.GroupCommit.OverloadedException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Admits orders no faster than orders get their first reply, so that a flood slows its senders down
 * and not the orders already accepted.
 *
 * <p>It is a control loop over three classes: {@link PlaceOrder} takes a token for each order with
 * {@link #admit}. {@link dev.converge.order.saga.SagaBatch} measures how long each order waited for
 * its first reply. {@link SagaFollowUp} reports these times with {@link #replied} once they are
 * committed, and each report returns a token. {@link TokenBucket} holds the tokens and decides
 * whether they are needed.
 *
 * <p>While first replies are slow, one order is admitted for each that has had its reply. Others
 * are queued briefly, and refused when that was not enough. While replies are fast, or there are no
 * replies, every order is admitted: an order is not refused because a participant is unavailable.
 *
 * <p>Belongs to one event loop, except for {@link #replied}.
 */
public final class AdmissionControl {
  /** Orders in the queue; further ones are refused. */
  static final int MAX_QUEUED = 1_024;

  /** An order that was queued for longer is refused. */
  static final Duration MAX_WAIT = Duration.ofSeconds(1);

  private static final long POLL_INTERVAL_MS = 5;

  private record Queued(Promise<Void> admitted, long deadlineNanos) {}

  private final Vertx vertx;
  private final LongSupplier nanoTime;
  private final TokenBucket tokens;
  private final Counter refused;
  private final Deque<Queued> queue = new ArrayDeque<>();
  private boolean polling;

  public AdmissionControl(Vertx vertx, MeterRegistry meters) {
    this(vertx, meters, System::nanoTime);
  }

  AdmissionControl(Vertx vertx, MeterRegistry meters, LongSupplier nanoTime) {
    this.vertx = vertx;
    this.nanoTime = nanoTime;
    this.tokens = new TokenBucket(nanoTime);
    this.refused = meters.counter("orders.refused", "why", "overload");
    Gauge.builder("orders.waiting", queue, Deque::size).register(meters);
  }

  /**
   * Completes when an order is admitted. Fails with {@link OverloadedException} if the queue is
   * full or the order was queued for too long.
   */
  Future<Void> admit() {
    if (queue.isEmpty() && tokens.tryTake()) {
      return Future.succeededFuture();
    }
    if (queue.size() >= MAX_QUEUED) {
      refused.increment();
      return Future.failedFuture(new OverloadedException(queue.size()));
    }
    Promise<Void> admitted = Promise.promise();
    queue.add(new Queued(admitted, nanoTime.getAsLong() + MAX_WAIT.toNanos()));
    pollLater();
    return admitted.future();
  }

  /**
   * Reports orders that have had their first reply.
   *
   * @param waits for each, the time from placing it to the reply
   */
  void replied(List<Duration> waits) {
    waits.forEach(tokens::replied);
  }

  private void pollLater() {
    if (!polling) {
      polling = true;
      vertx.setTimer(POLL_INTERVAL_MS, timer -> poll());
    }
  }

  private void poll() {
    polling = false;
    while (!queue.isEmpty() && tokens.tryTake()) {
      queue.remove().admitted().complete();
    }
    long now = nanoTime.getAsLong();
    while (!queue.isEmpty() && now - queue.element().deadlineNanos() > 0) {
      refused.increment();
      queue.remove().admitted().fail(new OverloadedException(queue.size()));
    }
    if (!queue.isEmpty()) {
      pollLater();
    }
  }
}
