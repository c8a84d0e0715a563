package dev.converge.order.application;

import dev.converge.service.GroupCommit.OverloadedException;
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
 * Lets orders in no faster than they get their first reply, so that a flood slows its senders down
 * and not the orders already accepted.
 *
 * <p>The measure is the first reply to an order: how long it took, and how many come. While it
 * takes too long, an order comes in for each that has had its reply; others wait a little, and are
 * refused when the wait was in vain. While replies come fast, or none come at all, everything is
 * let in: a neighbour that is away is no reason to refuse an order.
 *
 * <p>Belongs to one event loop, but for {@link #replied}.
 */
public final class AdmissionControl {
  /** Orders that wait at once; further ones are refused. */
  static final int MAX_WAITING = 1_024;

  /** An order that has waited longer is refused. */
  static final Duration WAIT = Duration.ofSeconds(1);

  private static final long LOOK_EVERY_MS = 5;

  private record Waiting(Promise<Void> entered, long untilNanos) {}

  private final Vertx vertx;
  private final LongSupplier nanoTime;
  private final IntakeRate rate;
  private final Counter refused;
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private boolean looking;

  public AdmissionControl(Vertx vertx, MeterRegistry meters) {
    this(vertx, meters, System::nanoTime);
  }

  AdmissionControl(Vertx vertx, MeterRegistry meters, LongSupplier nanoTime) {
    this.vertx = vertx;
    this.nanoTime = nanoTime;
    this.rate = new IntakeRate(nanoTime);
    this.refused = meters.counter("orders.refused", "why", "overload");
    Gauge.builder("orders.waiting", waiting, Deque::size).register(meters);
  }

  /** Completes when an order may come in; fails where it would wait too long. */
  Future<Void> enter() {
    if (waiting.isEmpty() && rate.tryEnter()) {
      return Future.succeededFuture();
    }
    if (waiting.size() >= MAX_WAITING) {
      refused.increment();
      return Future.failedFuture(new OverloadedException(waiting.size()));
    }
    Promise<Void> entered = Promise.promise();
    waiting.add(new Waiting(entered, nanoTime.getAsLong() + WAIT.toNanos()));
    look();
    return entered.future();
  }

  /** Orders have had their first reply, each after so long. */
  void replied(List<Duration> after) {
    after.forEach(rate::replied);
  }

  private void look() {
    if (!looking) {
      looking = true;
      vertx.setTimer(
          LOOK_EVERY_MS,
          timer -> {
            looking = false;
            letIn();
          });
    }
  }

  private void letIn() {
    while (!waiting.isEmpty() && rate.tryEnter()) {
      waiting.remove().entered().complete();
    }
    long now = nanoTime.getAsLong();
    while (!waiting.isEmpty() && now - waiting.element().untilNanos() > 0) {
      refused.increment();
      waiting.remove().entered().fail(new OverloadedException(waiting.size()));
    }
    if (!waiting.isEmpty()) {
      look();
    }
  }
}
