package dev.converge.console;

import dev.converge.console.view.OrderKind;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Places orders of each kind: one, or many at a rate. One series of many runs at a time. */
final class OrderDesk extends VerticleBase {
  static final int MOST_ORDERS = 2_000;
  static final int MOST_PER_SECOND = 100;

  private static final Logger LOG = LoggerFactory.getLogger(OrderDesk.class);
  private static final long TICK_MS = 100;
  private static final long POLL_MS = 100;
  private static final int MOST_POLLS = 100;
  private static final String PAYMENT_SERVICE = "payment-service";

  private final Upstream upstream;
  private final URI orders;
  private final Faults faults;
  private final Consumer<JsonObject> progress;
  private long seriesTimer = -1;
  private Series series = new Series(OrderKind.COMPLETES, 0, 0, 0, 0);

  /**
   * The state of a series.
   *
   * @param sent requests so far
   * @param refused those that were not answered with 201 or 202
   */
  record Series(OrderKind kind, int count, int perSecond, int sent, int refused) {
    /** How many requests are due after some time, beyond those sent. */
    int due(long millis) {
      return (int) Math.min(count, millis * perSecond / 1_000) - sent;
    }

    boolean isRunning() {
      return sent < count;
    }

    Series after(int more) {
      return new Series(kind, count, perSecond, sent + more, refused);
    }

    Series withRefused() {
      return new Series(kind, count, perSecond, sent, refused + 1);
    }

    Series stopped() {
      return new Series(kind, sent, perSecond, sent, refused);
    }

    JsonObject json() {
      return new JsonObject()
          .put("kind", kind.id())
          .put("count", count)
          .put("perSecond", perSecond)
          .put("sent", sent)
          .put("refused", refused)
          .put("running", isRunning());
    }
  }

  /**
   * @param progress receives the state of a series while it changes
   */
  OrderDesk(Upstream upstream, URI orders, Faults faults, Consumer<JsonObject> progress) {
    this.upstream = upstream;
    this.orders = orders;
    this.faults = faults;
    this.progress = progress;
  }

  @Override
  public Future<?> start() {
    return Future.succeededFuture();
  }

  /** Places an order, and does what belongs to its kind once the card is being charged. */
  Future<Upstream.Answer> place(OrderKind kind) {
    return upstream
        .send(
            HttpMethod.POST,
            orders,
            "/orders",
            Map.of("Idempotency-Key", UUID.randomUUID().toString()),
            kind.body())
        .onSuccess(answer -> placed(kind, answer));
  }

  private void placed(OrderKind kind, Upstream.Answer answer) {
    if (answer.isOk() && kind.then() != OrderKind.Then.NOTHING) {
      String orderId = new JsonObject(answer.body()).getString("orderId", "");
      whenCharging(orderId, 0)
          .compose(charging -> then(kind, orderId))
          .onFailure(cause -> LOG.warn("{} of order {} failed", kind.then(), orderId, cause));
    }
  }

  private Future<Void> whenCharging(String orderId, int polls) {
    return upstream
        .get(orders, "/orders/" + orderId)
        .compose(Upstream.Answer::json)
        .compose(
            order ->
                isCharging(order)
                    ? Future.succeededFuture()
                    : polls >= MOST_POLLS
                        ? Future.failedFuture("the card is not charged in time")
                        : vertx.timer(POLL_MS).compose(due -> whenCharging(orderId, polls + 1)));
  }

  private static boolean isCharging(JsonObject order) {
    return "charge-payment".equals(order.getJsonObject("saga", new JsonObject()).getString("step"));
  }

  private Future<Void> then(OrderKind kind, String orderId) {
    return switch (kind.then()) {
      case NOTHING -> Future.succeededFuture();
      case CANCEL ->
          upstream
              .send(
                  HttpMethod.POST,
                  orders,
                  "/orders/" + orderId + "/cancel",
                  Map.of(),
                  new JsonObject())
              .mapEmpty();
      case KILL_PAYMENT ->
          faults.kill(PAYMENT_SERVICE).compose(killed -> faults.start(PAYMENT_SERVICE));
    };
  }

  /** Begins a series; one that runs already is stopped. */
  void placeMany(OrderKind kind, int count, int perSecond) {
    Series begun = new Series(kind, count, perSecond, 0, 0);
    series = begun;
    long begin = System.nanoTime();
    progress.accept(begun.json());
    boolean unused = vertx.cancelTimer(seriesTimer);
    seriesTimer = vertx.setPeriodic(TICK_MS, tick -> continueSeries(begin, tick));
  }

  /** Ends the series before its time. */
  void stopSeries() {
    series = series.stopped();
    progress.accept(series.json());
  }

  private void continueSeries(long begin, long timer) {
    int due = series.due((System.nanoTime() - begin) / 1_000_000);
    for (int i = 0; i < due; i++) {
      place(series.kind()).map(Upstream.Answer::isOk).otherwise(false).onSuccess(this::counted);
    }
    if (due > 0) {
      series = series.after(due);
      progress.accept(series.json());
    }
    if (!series.isRunning()) {
      boolean unused = vertx.cancelTimer(timer);
    }
  }

  private void counted(boolean accepted) {
    if (!accepted) {
      series = series.withRefused();
      progress.accept(series.json());
    }
  }
}
