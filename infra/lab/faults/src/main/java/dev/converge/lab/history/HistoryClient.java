package dev.converge.lab.history;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Begins journeys: a burst first, then orders at a rate that no answer slows down. */
final class HistoryClient {
  /** How many orders of the contended item are sent concurrently. */
  private static final int CONTENDING = 256;

  private final Vertx vertx;
  private final HistoryPlan plan;
  private final OrderApi api;
  private final SplittableRandom random;
  private final Promise<Void> over = Promise.promise();
  private long offeringSinceNanos;
  private long offered;
  private long open;
  private boolean ending;

  HistoryClient(Vertx vertx, HistoryPlan plan) {
    if (plan.burst().equal() > OrderApi.CONNECTIONS) {
      throw new IllegalArgumentException(
          "concurrent requests: " + OrderApi.CONNECTIONS + " at most");
    }
    this.vertx = vertx;
    this.plan = plan;
    this.random = new SplittableRandom(plan.seed());
    this.api = new OrderApi(vertx, URI.create(plan.orderApi()), Path.of(plan.file()));
  }

  /** Begins; the future ends once {@link #end} was called and every order is dealt with. */
  Future<Void> begin() {
    vertx.runOnContext(started -> beginCrowd());
    return over.future().onComplete(done -> api.close());
  }

  // They have numbers of their own, so that the numbers of the others depend on the seed only.
  private void beginCrowd() {
    SplittableRandom chances = new SplittableRandom(~plan.seed());
    int contenders = plan.burst().contenders();
    Deque<Journey> contending = new ArrayDeque<>();
    for (int each = 1; each <= contenders; each++) {
      contending.add(journey(-each, OrderKind.CONTENDED, chances.split()));
    }
    run(journey(-contenders - 1, OrderKind.EQUAL, chances.split()))
        .compose(done -> contend(contending))
        .onComplete(done -> offer());
  }

  private Future<Void> contend(Deque<Journey> waiting) {
    return Future.join(Stream.generate(() -> oneByOne(waiting)).limit(CONTENDING).toList())
        .mapEmpty();
  }

  private Future<Void> oneByOne(Deque<Journey> waiting) {
    Journey next = waiting.poll();
    return next == null ? Future.succeededFuture() : run(next).compose(done -> oneByOne(waiting));
  }

  private void offer() {
    offeringSinceNanos = System.nanoTime();
    vertx.setPeriodic(2, this::offerDue);
    finishIfDone();
  }

  /** No more new orders. */
  void end() {
    vertx.runOnContext(
        ended -> {
          ending = true;
          finishIfDone();
        });
  }

  private void offerDue(long timer) {
    if (ending) {
      vertx.cancelTimer(timer);
      return;
    }
    double nanosPerOrder = TimeUnit.SECONDS.toNanos(1) / plan.ordersPerSecond();
    while (offeringSinceNanos + (long) (offered * nanosPerOrder) <= System.nanoTime()) {
      SplittableRandom chance = random.split();
      begin(journey(offered++, OrderKind.next(chance), chance));
    }
  }

  private void begin(Journey journey) {
    run(journey).onComplete(done -> finishIfDone());
  }

  private Future<Void> run(Journey journey) {
    open++;
    return journey.run().onComplete(done -> open--);
  }

  private void finishIfDone() {
    if (ending && open == 0) {
      over.tryComplete();
    }
  }

  private Journey journey(long number, OrderKind kind, SplittableRandom chance) {
    return new Journey(vertx, api, plan, new Journey.Order(number, kind, chance));
  }
}
