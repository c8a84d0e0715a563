package dev.converge.lab.concepts;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Requests at random times, as of many independent users: a request is sent when it is due, whether
 * or not earlier ones have been answered, and its latency counts from when it was due. The state
 * belongs to one event loop.
 */
final class BalancedLoad {
  private static final long ANSWERED_WITHIN_MILLIS = 60_000;

  private final Vertx vertx;
  private final HttpClient client;
  private final RequestOptions request;
  private final List<Double> dueMillis;
  private final List<Double> latencies = new ArrayList<>();
  private final Promise<Answers> ended = Promise.promise();
  private final long begin = System.nanoTime();
  private int sent;
  private int failed;

  /**
   * @param millis the latencies of the requests that were answered 200
   */
  record Answers(List<Double> millis, int failed) {}

  private BalancedLoad(
      Vertx vertx, HttpClient client, RequestOptions request, List<Double> dueMillis) {
    this.vertx = vertx;
    this.client = client;
    this.request = request;
    this.dueMillis = dueMillis;
  }

  /** Sends the load, and completes when all requests have ended. */
  static Future<Answers> send(
      Vertx vertx, HttpClient client, RequestOptions to, List<Double> dueMillis) {
    RequestOptions request =
        new RequestOptions(to)
            .setMethod(HttpMethod.GET)
            .setURI("/")
            .setTimeout(ANSWERED_WITHIN_MILLIS);
    BalancedLoad load = new BalancedLoad(vertx, client, request, dueMillis);
    vertx.runOnContext(started -> load.start());
    return load.ended.future();
  }

  /** When each request is due: a Poisson process, the same for the same seed. Pure. */
  static List<Double> schedule(long seed, double perSecond, double seconds) {
    Random random = new Random(seed);
    List<Double> due = new ArrayList<>();
    double at = 0;
    while (true) {
      at += -Math.log(1 - random.nextDouble()) * 1_000 / perSecond;
      if (at >= seconds * 1_000) {
        return due;
      }
      due.add(at);
    }
  }

  private void start() {
    vertx.setPeriodic(1, this::sendDue);
  }

  private double millis() {
    return (System.nanoTime() - begin) / 1e6;
  }

  private void sendDue(long timer) {
    double now = millis();
    while (sent < dueMillis.size() && dueMillis.get(sent) <= now) {
      send(dueMillis.get(sent));
      sent++;
    }
    if (sent == dueMillis.size()) {
      vertx.cancelTimer(timer);
      endIfComplete();
    }
  }

  private void send(double due) {
    client
        .request(request)
        .compose(one -> one.send())
        .compose(BalancedLoad::status)
        .onSuccess(status -> answered(status, due))
        .onFailure(lost -> answered(0, due));
  }

  private static Future<Integer> status(HttpClientResponse response) {
    return response.body().map(body -> response.statusCode());
  }

  private void answered(int status, double due) {
    if (status == 200) {
      latencies.add(millis() - due);
    } else {
      failed++;
    }
    endIfComplete();
  }

  private void endIfComplete() {
    if (latencies.size() + failed == dueMillis.size()) {
      ended.tryComplete(new Answers(List.copyOf(latencies), failed));
    }
  }
}
