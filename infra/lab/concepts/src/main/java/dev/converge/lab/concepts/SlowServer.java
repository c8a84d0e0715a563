package dev.converge.lab.concepts;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An HTTP server with a few workers, each of which takes some milliseconds for a request; other
 * requests wait in a queue. The state belongs to the event loop of its only instance.
 */
final class SlowServer {
  private static final String HOST = "127.0.0.1";
  private static final int MAX_QUEUED = 20_000;

  private final Vertx vertx;
  private final Random random;
  private final int millis;
  private final Queue<HttpServerRequest> waiting = new ArrayDeque<>();
  private final AtomicInteger received = new AtomicInteger();
  private int idle;

  private SlowServer(Vertx vertx, long seed, int workers, int millis) {
    this.vertx = vertx;
    this.random = new Random(seed);
    this.idle = workers;
    this.millis = millis;
  }

  /** A server that listens. */
  record Listening(SlowServer server, HttpServer http) {
    SocketAddress address() {
      return SocketAddress.inetSocketAddress(http.actualPort(), HOST);
    }

    /** The requests that it has received. */
    int received() {
      return server.received.get();
    }
  }

  static Future<Listening> listen(Vertx vertx, long seed, int workers, int millis) {
    SlowServer server = new SlowServer(vertx, seed, workers, millis);
    return vertx
        .createHttpServer()
        .requestHandler(server::take)
        .listen(0, HOST)
        .map(http -> new Listening(server, http));
  }

  private void take(HttpServerRequest request) {
    received.incrementAndGet();
    if (idle > 0) {
      work(request);
    } else if (waiting.size() < MAX_QUEUED) {
      waiting.add(request);
    } else {
      request.response().setStatusCode(503).end();
    }
  }

  private void work(HttpServerRequest request) {
    idle--;
    // Between half and one and a half of its mean.
    long takes = Math.max(1, Math.round(millis * (0.5 + random.nextDouble())));
    vertx.setTimer(takes, done -> answer(request));
  }

  private void answer(HttpServerRequest request) {
    request.response().end();
    idle++;
    HttpServerRequest next = waiting.poll();
    if (next != null) {
      work(next);
    }
  }
}
