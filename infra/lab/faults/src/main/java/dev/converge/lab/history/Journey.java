package dev.converge.lab.history;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientRequest;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The requests about one order, as a customer sends them: places it, repeats a request without an
 * answer with the same key, gets or cancels the order, sends a request twice.
 */
final class Journey {
  private static final long AGAIN_AFTER_MS = 250;
  private static final long GET_AFTER_MS = 200;
  private static final int GETS = 3;

  private final Vertx vertx;
  private final OrderApi api;
  private final HistoryPlan plan;
  private final OrderKind kind;
  private final SplittableRandom chance;
  private final OrderApi.Subject subject;
  private final String body;
  private long giveUpNanos;

  /** Which order of a run it is about. */
  record Order(long number, OrderKind kind, SplittableRandom chance) {}

  Journey(Vertx vertx, OrderApi api, HistoryPlan plan, Order order) {
    this.vertx = vertx;
    this.api = api;
    this.plan = plan;
    this.kind = order.kind();
    this.chance = order.chance();
    String key = kind.key(plan.run(), new UUID(chance.nextLong(), chance.nextLong()));
    this.subject = new OrderApi.Subject(order.number(), key, kind.label());
    this.body = kind.body(key, chance);
  }

  Future<Void> run() {
    giveUpNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(plan.giveUpAfterSeconds());
    if (kind == OrderKind.CONTENDED) {
      return place().<Void>mapEmpty().otherwiseEmpty();
    }
    if (kind == OrderKind.EQUAL) {
      return placeConcurrently(plan.burst().equal()).otherwiseEmpty();
    }
    boolean twice = chance.nextInt(20) == 0;
    Future<@Nullable String> placed = place();
    // The same request at the same time: both must get the same order.
    Future<@Nullable String> again = twice ? place() : placed;
    return Future.join(placed, again)
        .transform(done -> placed)
        .compose(this::goOn)
        .otherwiseEmpty();
  }

  // No request is sent before each has its own connection.
  private Future<Void> placeConcurrently(int requests) {
    List<Future<HttpClientRequest>> connected =
        Stream.generate(() -> api.connectToPlace(subject)).limit(requests).toList();
    return Future.join(connected).transform(all -> placeAll(connected)).mapEmpty();
  }

  private Future<?> placeAll(List<Future<HttpClientRequest>> connected) {
    return Future.join(connected.stream().map(this::placeOver).toList());
  }

  private Future<@Nullable String> placeOver(Future<HttpClientRequest> connection) {
    return connection.succeeded()
        ? placed(api.place(subject, body, () -> connection))
        // It is then sent after others were answered, and reported so.
        : pause(AGAIN_AFTER_MS).compose(waited -> place());
  }

  /** The order's id; null if the order was refused or given up. */
  private Future<@Nullable String> place() {
    return placed(api.place(subject, body));
  }

  private Future<@Nullable String> placed(Future<@Nullable Answer> answered) {
    return answered.compose(this::placedOrAgain);
  }

  private Future<@Nullable String> placedOrAgain(@Nullable Answer answer) {
    if (Answer.outcome(answer) != Outcome.UNKNOWN) {
      return Future.succeededFuture(answer == null ? null : answer.orderId());
    }
    return System.nanoTime() > giveUpNanos
        ? Future.succeededFuture(null)
        : pause(AGAIN_AFTER_MS).compose(waited -> place());
  }

  private Future<Void> goOn(@Nullable String order) {
    if (order == null) {
      return Future.succeededFuture();
    }
    int choice = chance.nextInt(100);
    if (choice < 10) {
      return pause(chance.nextInt(200)).compose(waited -> cancel(order));
    } else if (choice < 15) {
      return pause(chance.nextInt(2_000)).compose(waited -> place()).mapEmpty();
    } else if (choice < 18) {
      return reuseKey();
    } else if (choice < 40) {
      return get(order, GETS);
    }
    return Future.succeededFuture();
  }

  private Future<Void> cancel(String order) {
    return api.cancel(subject, order).compose(done -> get(order, 1));
  }

  // Another order with a key that is in use: it must be refused.
  private Future<Void> reuseKey() {
    String other = body.replace("\"quantity\":", "\"quantity\":1");
    return api.place(subject, other).mapEmpty();
  }

  private Future<Void> get(String order, int times) {
    return times == 0
        ? Future.succeededFuture()
        : api.get(subject, order)
            .compose(answer -> pause(GET_AFTER_MS))
            .compose(waited -> get(order, times - 1));
  }

  private Future<Void> pause(long millis) {
    return millis <= 0 ? Future.succeededFuture() : vertx.timer(millis).mapEmpty();
  }
}
