package dev.converge.lab.history;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to the order service. Records each in the history before it is sent, and its
 * answer. A request without an answer yields null.
 */
final class OrderApi {
  /** At most this many requests are in flight. */
  static final int CONNECTIONS = 1_024;

  private static final long ANSWER_WITHIN_MS = 8_000;
  private static final int LIFETIME_SECONDS = 10;
  private static final int MAX_QUEUED = 20_000;

  private final URI api;
  private final HttpClient http;
  private final HistoryWriter history;
  private final long beginNanos = System.nanoTime();
  private final long beginMicros = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
  private long ops;

  OrderApi(Vertx vertx, URI api, Path history) {
    this.api = api;
    this.history = new HistoryWriter(history);
    this.http =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setKeepAlive(true)
                // Less than the server's: one it closes while it is used again is no failure.
                .setKeepAliveTimeout(15)
                .setConnectTimeout(2_000)
                .setTcpNoDelay(true),
            new PoolOptions()
                .setHttp1MaxSize(CONNECTIONS)
                .setMaxWaitQueueSize(MAX_QUEUED)
                // In turn, every connection that a burst opened would stay open forever.
                .setMaxLifetime(LIFETIME_SECONDS));
  }

  /**
   * The order that requests are about.
   *
   * @param number of its journey
   * @param key the idempotency key
   * @param label the kind of order
   */
  record Subject(long number, String key, String label) {}

  Future<@Nullable Answer> place(Subject subject, String body) {
    return place(subject, body, () -> connectToPlace(subject));
  }

  /** Places an order over a connection that is opened before, or by the supplier. */
  Future<@Nullable Answer> place(
      Subject subject, String body, Supplier<Future<HttpClientRequest>> connection) {
    return send(subject, Request.Kind.PLACE, null, body, connection);
  }

  /** Opens a connection for {@link #place}. */
  Future<HttpClientRequest> connectToPlace(Subject subject) {
    return http.request(
        target(HttpMethod.POST, "/orders")
            .putHeader("Content-Type", "application/json")
            .putHeader("Idempotency-Key", subject.key()));
  }

  Future<@Nullable Answer> cancel(Subject subject, String order) {
    RequestOptions target = target(HttpMethod.POST, "/orders/" + order + "/cancel");
    return send(subject, Request.Kind.CANCEL, order, null, () -> http.request(target));
  }

  Future<@Nullable Answer> get(Subject subject, String order) {
    RequestOptions target = target(HttpMethod.GET, "/orders/" + order);
    return send(subject, Request.Kind.GET, order, null, () -> http.request(target));
  }

  /** Closes the history. */
  void close() {
    try {
      history.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private RequestOptions target(HttpMethod method, String path) {
    return new RequestOptions()
        .setHost(api.getHost())
        .setPort(api.getPort())
        .setURI(path)
        .setMethod(method)
        .setIdleTimeout(ANSWER_WITHIN_MS)
        .putHeader("Accept", "application/json");
  }

  private Future<@Nullable Answer> send(
      Subject subject,
      Request.Kind kind,
      @Nullable String asked,
      @Nullable String body,
      Supplier<Future<HttpClientRequest>> connection) {
    Sent sent =
        new Sent(
            ops++,
            subject.number(),
            kind,
            subject.key(),
            subject.label(),
            asked,
            Answer.digest(body));
    record(sent, null, Answered.NONE);
    Buffer content = body == null ? Buffer.buffer() : Buffer.buffer(body);
    return connection
        .get()
        .compose(request -> request.send(content))
        .compose(Answer::of)
        .timeout(ANSWER_WITHIN_MS, TimeUnit.MILLISECONDS)
        .<@Nullable Answer>map(answer -> answer)
        .otherwise((@Nullable Answer) null)
        .onSuccess(answer -> record(sent, Answer.outcome(answer), Answer.answered(answer)));
  }

  private void record(Sent sent, @Nullable Outcome outcome, Answered answered) {
    long nanos = System.nanoTime();
    long at = beginMicros + TimeUnit.NANOSECONDS.toMicros(nanos - beginNanos);
    history.write(new HistoryEvent(sent, nanos, at, outcome, answered));
  }
}
