package dev.converge.lab.protocols;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A load of orders: an open loop, at a rate that no answer slows down, or a closed loop of clients.
 * It keeps every order as its client saw it.
 */
final class OrderLoad {
  private static final long ANSWERED_WITHIN_SECONDS = 20;

  private final OrderClient client;
  private final OrderSource source;
  private final List<OrderAttempt> attempts = new ArrayList<>();
  private final Promise<List<OrderAttempt>> done = Promise.promise();
  private final long beginNanos = System.nanoTime();
  private final long beginMicros = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
  private long sent;
  private long open;
  private volatile boolean ended;

  private OrderLoad(OrderClient client, OrderSource source) {
    this.client = client;
    this.source = source;
  }

  /** Begins an open loop, which sends at a rate until {@link #end}. */
  static OrderLoad open(OrderClient client, OrderSource source, double ordersPerSecond) {
    OrderLoad load = new OrderLoad(client, source);
    double nanosPerOrder = TimeUnit.SECONDS.toNanos(1) / ordersPerSecond;
    Vertx vertx = client.vertx();
    vertx.runOnContext(
        begin ->
            vertx.setPeriodic(
                1,
                timer -> {
                  if (load.ended) {
                    vertx.cancelTimer(timer);
                  } else {
                    load.sendDue(nanosPerOrder);
                  }
                }));
    return load;
  }

  /** Begins a closed loop: each client sends its next order when the last is answered. */
  static OrderLoad closed(OrderClient client, OrderSource source, int clients) {
    OrderLoad load = new OrderLoad(client, source);
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

  /** Ends after a time since the beginning; returns when every order is answered, or has none. */
  List<OrderAttempt> endAfter(long lengthMillis) throws InterruptedException {
    Waiting.pause(Duration.ofMillis(Math.max(0, lengthMillis - (long) millis())));
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
  private void sendDue(double nanosPerOrder) {
    double now = System.nanoTime() - (double) beginNanos;
    while (sent * nanosPerOrder <= now) {
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
    open++;
    return client
        .place(source.next())
        .onSuccess(
            answer -> {
              open--;
              attempts.add(
                  new OrderAttempt(
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
    if (ended && open == 0) {
      done.tryComplete(List.copyOf(attempts));
    }
  }
}
