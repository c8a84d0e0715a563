package dev.converge.lab.protocols;

import dev.converge.lab.protocols.OrderSource.NewOrder;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * A load of orders: an open loop, at a rate that no answer slows down, or a closed loop of clients.
 * It keeps every order as its client saw it.
 */
final class OrderLoad {
  private static final long ANSWERED_WITHIN_SECONDS = 20;

  private final OrderClient client;
  private final OrderSource source;
  private final Function<NewOrder, Future<OrderClient.Answer>> place;
  private final List<OrderAttempt> attempts = new ArrayList<>();
  private final Promise<List<OrderAttempt>> done = Promise.promise();
  private final long beginNanos = System.nanoTime();
  private final long beginMicros = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());

  /** Between two orders of an open loop; 0 for a closed one. */
  private final double nanosPerOrder;

  private long sent;
  private final AtomicInteger open = new AtomicInteger();
  private volatile double lengthMillis = Double.MAX_VALUE;
  private volatile boolean ended;

  private OrderLoad(
      OrderClient client,
      OrderSource source,
      Function<NewOrder, Future<OrderClient.Answer>> place,
      double nanosPerOrder) {
    this.client = client;
    this.source = source;
    this.place = place;
    this.nanosPerOrder = nanosPerOrder;
  }

  /** Begins an open loop, which sends at a rate until {@link #end}. */
  static OrderLoad open(OrderClient client, OrderSource source, double ordersPerSecond) {
    return open(client, source, ordersPerSecond, client::place);
  }

  /** The same with another way to place an order at that client. */
  static OrderLoad open(
      OrderClient client,
      OrderSource source,
      double ordersPerSecond,
      Function<NewOrder, Future<OrderClient.Answer>> place) {
    OrderLoad load =
        new OrderLoad(client, source, place, TimeUnit.SECONDS.toNanos(1) / ordersPerSecond);
    Vertx vertx = client.vertx();
    vertx.runOnContext(
        begin ->
            vertx.setPeriodic(
                1,
                timer -> {
                  if (load.ended) {
                    vertx.cancelTimer(timer);
                  } else {
                    load.sendDue();
                  }
                }));
    return load;
  }

  /** Begins a closed loop: each client sends its next order when the last is answered. */
  static OrderLoad closed(OrderClient client, OrderSource source, int clients) {
    OrderLoad load = new OrderLoad(client, source, client::place, 0);
    client
        .vertx()
        .runOnContext(
            begin -> {
              for (int at = 0; at < clients; at++) {
                load.again();
              }
            });
    return load;
  }

  /** When it began, in microseconds since the epoch. */
  long beginMicros() {
    return beginMicros;
  }

  /** Milliseconds since it began. */
  double millis() {
    return (System.nanoTime() - beginNanos) / 1e6;
  }

  /** Orders that are sent and not answered. */
  int inFlight() {
    return open.get();
  }

  /** The orders that an open loop sends in a time. */
  static long offered(double ordersPerSecond, long lengthMillis) {
    return (long) Math.ceil(lengthMillis / 1_000.0 * ordersPerSecond);
  }

  /**
   * Ends after a time since the beginning; returns when every order is answered, or has none. An
   * open loop then has sent {@link #offered} orders, or more if the time has passed.
   */
  List<OrderAttempt> endAfter(long untilMillis) throws InterruptedException {
    lengthMillis = (double) untilMillis;
    Waiting.pause(Duration.ofMillis(Math.max(0, untilMillis - (long) millis())));
    return end();
  }

  /** Sends no more orders. */
  void stop() {
    ended = true;
  }

  /** Ends now; returns when every order is answered, or has no answer. */
  List<OrderAttempt> end() {
    client
        .vertx()
        .runOnContext(
            now -> {
              sendDue();
              stop();
              finishIfAnswered();
            });
    try {
      return done.future().await(ANSWERED_WITHIN_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new LabProtocolsException("orders are not answered", e);
    }
  }

  // Meant to be sent at these times, however late the timer or the answers are.
  private void sendDue() {
    if (ended || nanosPerOrder == 0) {
      return;
    }
    double now = System.nanoTime() - (double) beginNanos;
    while (sent * nanosPerOrder <= now && sent * nanosPerOrder / 1e6 < lengthMillis) {
      var unused = send(sent * nanosPerOrder / 1e6);
    }
  }

  private void again() {
    if (!ended) {
      send(millis()).onComplete(answered -> again());
    }
  }

  private Future<OrderClient.Answer> send(double intendedMillis) {
    sent++;
    open.incrementAndGet();
    NewOrder order = source.next();
    return place
        .apply(order)
        .onSuccess(
            answer -> {
              open.decrementAndGet();
              attempts.add(
                  new OrderAttempt(
                      order.key(),
                      intendedMillis,
                      millis(),
                      answer.status(),
                      answer.requests(),
                      answer.orderId(),
                      answer.state()));
              finishIfAnswered();
            })
        .onFailure(done::tryFail);
  }

  private void finishIfAnswered() {
    if (ended && open.get() == 0) {
      done.tryComplete(List.copyOf(attempts));
    }
  }
}
