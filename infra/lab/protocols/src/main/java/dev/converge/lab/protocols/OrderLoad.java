package dev.converge.lab.protocols;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
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
  private boolean ended;

  private OrderLoad(OrderClient client, OrderSource source) {
    this.client = client;
    this.source = source;
  }

  /** Begins an open loop. */
  static OrderLoad open(
      OrderClient client, OrderSource source, double ordersPerSecond, long lengthMillis) {
    OrderLoad load = new OrderLoad(client, source);
    double nanosPerOrder = TimeUnit.SECONDS.toNanos(1) / ordersPerSecond;
    long planned = (long) (ordersPerSecond * lengthMillis / 1_000);
    Vertx vertx = client.vertx();
    vertx.runOnContext(
        begin ->
            vertx.setPeriodic(
                1,
                timer -> {
                  load.sendDue(nanosPerOrder, planned);
                  if (load.sent >= planned) {
                    vertx.cancelTimer(timer);
                    load.end();
                  }
                }));
    return load;
  }

  /** Begins a closed loop: each client sends its next order when the last is answered. */
  static OrderLoad closed(OrderClient client, OrderSource source, int clients, long lengthMillis) {
    OrderLoad load = new OrderLoad(client, source);
    Vertx vertx = client.vertx();
    vertx.runOnContext(
        begin -> {
          for (int at = 0; at < clients; at++) {
            load.again();
          }
          vertx.setTimer(lengthMillis, over -> load.end());
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

  /** Waits until every order is answered, or has no answer. */
  List<OrderAttempt> await(long lengthMillis) {
    try {
      long seconds = TimeUnit.MILLISECONDS.toSeconds(lengthMillis) + ANSWERED_WITHIN_SECONDS;
      return done.future().await(seconds, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new LabProtocolsException("orders are not answered", e);
    }
  }

  // Meant to be sent at these times, however late the timer or the answers are.
  private void sendDue(double nanosPerOrder, long planned) {
    double now = System.nanoTime() - (double) beginNanos;
    while (sent < planned && sent * nanosPerOrder <= now) {
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

  private void end() {
    ended = true;
    finishIfAnswered();
  }

  private void finishIfAnswered() {
    if (ended && open == 0) {
      done.tryComplete(List.copyOf(attempts));
    }
  }
}
