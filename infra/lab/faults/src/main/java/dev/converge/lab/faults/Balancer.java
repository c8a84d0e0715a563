package dev.converge.lab.faults;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The one address of a service that has several instances. Requests go to the instances in turn. If
 * an instance does not answer in time, or answers 503, the request goes to another, provided that a
 * repetition does no harm: reads, and requests with an idempotency key. An instance that did not
 * answer is skipped for a second. Everything runs on one event loop: pass a Vert.x that has only
 * one.
 */
final class Balancer {
  private static final String HOST = "127.0.0.1";
  private static final long ANSWER_WITHIN_MS = 1_500;
  // A client of the lab waits for 8 s.
  private static final long LAST_ANSWER_WITHIN_MS = 6_000;
  private static final long LEFT_OUT_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int MAX_BODY_BYTES = 256 << 10;

  /** As many as the client has, so that concurrent requests arrive concurrently. */
  private static final int CONNECTIONS = 1_024;

  private static final int LIFETIME_SECONDS = 10;
  private static final int MAX_QUEUED = 2_000;
  private static final int UNAVAILABLE = 503;

  /** Of one connection to the next, and not of the request. */
  private static final List<CharSequence> OF_THE_CONNECTION =
      List.of(
          HttpHeaders.CONNECTION,
          HttpHeaders.HOST,
          HttpHeaders.CONTENT_LENGTH,
          HttpHeaders.TRANSFER_ENCODING,
          HttpHeaders.UPGRADE,
          "HTTP2-Settings");

  private static final class Instance {
    private final int port;
    private long leftOutUntilNanos = System.nanoTime();

    Instance(int port) {
      this.port = port;
    }

    boolean isLeftOut() {
      return System.nanoTime() < leftOutUntilNanos;
    }

    void leaveOut() {
      leftOutUntilNanos = System.nanoTime() + LEFT_OUT_NANOS;
    }
  }

  private record Answer(int status, MultiMap headers, Buffer body) {}

  private final List<Instance> instances;
  private final HttpClient client;
  private int port;
  private int next;

  private Balancer(Vertx vertx, List<Integer> ports) {
    this.instances = ports.stream().map(Instance::new).toList();
    this.client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setKeepAlive(true)
                // Shorter than the timeout of a service: if a service closes a connection that is
                // in use again, the request goes to another instance.
                .setKeepAliveTimeout(10)
                .setConnectTimeout(500)
                .setTcpNoDelay(true),
            new PoolOptions()
                .setHttp1MaxSize(CONNECTIONS)
                .setMaxWaitQueueSize(MAX_QUEUED)
                // In turn, every connection that a burst opened would stay open forever.
                .setMaxLifetime(LIFETIME_SECONDS));
  }

  /** Listens on a port of its own, before instances that listen on these. */
  static Balancer before(Vertx vertx, List<Integer> ports) {
    Balancer balancer = new Balancer(vertx, ports);
    HttpServer server =
        vertx
            .createHttpServer(
                new HttpServerOptions()
                    .setHost(HOST)
                    .setPort(0)
                    .setTcpNoDelay(true)
                    // The body has a declared length.
                    .setHttp2ClearTextEnabled(false))
            .requestHandler(balancer::handle);
    try {
      balancer.port = server.listen().await(10, TimeUnit.SECONDS).actualPort();
    } catch (java.util.concurrent.TimeoutException e) {
      throw new IllegalStateException("a balancer cannot listen", e);
    }
    return balancer;
  }

  String url() {
    return "http://" + HOST + ":" + port;
  }

  private void handle(HttpServerRequest asked) {
    if (!isBounded(asked.headers())) {
      asked.response().setStatusCode(413).end();
      return;
    }
    asked
        .body()
        .compose(body -> answer(asked, body))
        .onSuccess(answer -> pass(answer, asked.response()))
        .onFailure(none -> asked.response().setStatusCode(502).end());
  }

  private static boolean isBounded(MultiMap headers) {
    String length = headers.get(HttpHeaders.CONTENT_LENGTH);
    return !headers.contains(HttpHeaders.TRANSFER_ENCODING)
        && (length == null || (length.length() < 10 && Long.parseLong(length) <= MAX_BODY_BYTES));
  }

  private Future<Answer> answer(HttpServerRequest asked, Buffer body) {
    Instance first = next();
    if (!isRepeatable(asked)) {
      return send(first, asked, body, LAST_ANSWER_WITHIN_MS);
    }
    return send(first, asked, body, ANSWER_WITHIN_MS)
        .transform(
            tried ->
                isAnswered(tried)
                    ? Future.succeededFuture(tried.result())
                    : send(next(), asked, body, LAST_ANSWER_WITHIN_MS));
  }

  private static boolean isRepeatable(HttpServerRequest asked) {
    return HttpMethod.GET.equals(asked.method()) || asked.headers().contains("Idempotency-Key");
  }

  private static boolean isAnswered(AsyncResult<Answer> tried) {
    return tried.succeeded() && tried.result().status() != UNAVAILABLE;
  }

  /** The next in turn that is not left out; the next in turn where all are. */
  private Instance next() {
    for (int each = 0; each < instances.size(); each++) {
      Instance instance = instances.get(Math.floorMod(next++, instances.size()));
      if (!instance.isLeftOut()) {
        return instance;
      }
    }
    return instances.get(Math.floorMod(next++, instances.size()));
  }

  private Future<Answer> send(
      Instance instance, HttpServerRequest asked, Buffer body, long withinMillis) {
    RequestOptions target =
        new RequestOptions()
            .setHost(HOST)
            .setPort(instance.port)
            .setMethod(asked.method())
            .setURI(asked.uri())
            .setIdleTimeout(withinMillis);
    return client
        .request(target)
        .compose(request -> send(request, asked.headers(), body))
        .timeout(withinMillis, TimeUnit.MILLISECONDS)
        .onFailure(none -> instance.leaveOut());
  }

  private static Future<Answer> send(HttpClientRequest request, MultiMap headers, Buffer body) {
    request.headers().addAll(headers);
    OF_THE_CONNECTION.forEach(request.headers()::remove);
    return request.send(body).compose(Balancer::read);
  }

  private static Future<Answer> read(HttpClientResponse response) {
    return response.body().map(body -> new Answer(response.statusCode(), response.headers(), body));
  }

  private static void pass(Answer answer, HttpServerResponse response) {
    if (response.closed()) {
      return;
    }
    response.setStatusCode(answer.status()).headers().addAll(answer.headers());
    OF_THE_CONNECTION.forEach(response.headers()::remove);
    response.end(answer.body());
  }
}
