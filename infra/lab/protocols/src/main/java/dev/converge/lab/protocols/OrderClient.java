package dev.converge.lab.protocols;

import dev.converge.lab.protocols.OrderSource.NewOrder;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Places orders at the instances of the order API in turn. An order without an answer is sent once
 * more with the same key, to the other instance.
 */
final class OrderClient implements AutoCloseable {
  static final Duration ANSWER_WITHIN = Duration.ofMillis(2_500);

  /** The other instance gets more time: it may have just taken over the work of the first. */
  private static final Duration REPEATED_WITHIN = ANSWER_WITHIN.multipliedBy(2);

  /** It sends a request twice at most. */
  static final Duration GIVES_UP_AFTER = ANSWER_WITHIN.plus(REPEATED_WITHIN);

  private static final int CONNECTIONS = 500;
  private static final int MAX_QUEUED = 20_000;
  private static final int CREATED = 201;

  private final Vertx vertx =
      Vertx.vertx(
          new VertxOptions()
              .setEventLoopPoolSize(1)
              .setFileSystemOptions(new FileSystemOptions().setFileCachingEnabled(false)));
  private final HttpClient http;
  private final List<Integer> ports;
  private int turn;
  private volatile boolean isFirstOnly;

  /** The answer to a request; status 0 for none. */
  record Answer(int status, int requests, @Nullable String orderId, @Nullable String state) {
    static final Answer NONE = new Answer(0, 1, null, null);

    private Answer asSecond() {
      return new Answer(status, 2, orderId, state);
    }
  }

  OrderClient(List<Integer> ports) {
    this.ports = List.copyOf(ports);
    this.http =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setKeepAliveTimeout(15)
                .setConnectTimeout(1_000)
                .setTcpNoDelay(true),
            new PoolOptions().setHttp1MaxSize(CONNECTIONS).setMaxWaitQueueSize(MAX_QUEUED));
  }

  Vertx vertx() {
    return vertx;
  }

  /**
   * Whether orders are placed at the first instance, and only repeated at the other: before a fault
   * of the first one, which must hit orders that it coordinates.
   */
  void placeAtFirstOnly(boolean isOnly) {
    isFirstOnly = isOnly;
  }

  /** Places an order; call it on the client's event loop. The result never fails. */
  Future<Answer> place(NewOrder order) {
    int first = isFirstOnly ? 0 : turn++ % ports.size();
    int other = (first + 1) % ports.size();
    return send(order, ports.get(first), ANSWER_WITHIN, Map.of())
        .compose(
            answer ->
                answer.status() != 0
                    ? Future.succeededFuture(answer)
                    : send(order, ports.get(other), REPEATED_WITHIN, Map.of())
                        .map(Answer::asSecond));
  }

  /** Places an order once, as a part of a trace. */
  Future<Answer> placeTraced(NewOrder order, String traceparent, Duration within) {
    return placeOnce(order, within, Map.of("traceparent", traceparent));
  }

  /** Places an order once, with further headers. */
  Future<Answer> placeOnce(NewOrder order, Duration within, Map<String, String> headers) {
    return send(order, ports.get(0), within, headers);
  }

  private Future<Answer> send(
      NewOrder order, int port, Duration within, Map<String, String> headers) {
    RequestOptions target =
        new RequestOptions()
            .setHost("127.0.0.1")
            .setPort(port)
            .setURI("/orders")
            .setMethod(HttpMethod.POST)
            .setIdleTimeout(within.toMillis());
    target
        .putHeader("Content-Type", "application/json")
        .putHeader("Idempotency-Key", order.key())
        .putHeader("Converge-Protocol", order.protocol().id());
    headers.forEach(target::putHeader);
    return http.request(target)
        .compose(request -> request.send(order.body()))
        .compose(response -> response.body().map(body -> answer(response, body)))
        .timeout(within.toMillis(), TimeUnit.MILLISECONDS)
        .otherwise(noAnswer -> Answer.NONE);
  }

  private static Answer answer(HttpClientResponse response, Buffer body) {
    if (response.statusCode() / 100 != 2) {
      return new Answer(response.statusCode(), 1, null, null);
    }
    try {
      JsonObject order = body.toJsonObject();
      // 202: the saga's order has not ended.
      String state = response.statusCode() == CREATED ? order.getString("status") : null;
      return new Answer(response.statusCode(), 1, order.getString("orderId"), state);
    } catch (DecodeException e) {
      throw new IllegalStateException("an answer is not JSON: " + body, e);
    }
  }

  @Override
  public void close() {
    http.close();
    vertx.close();
  }
}
