package dev.converge.console;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The APIs of the other parts. Each request has a timeout, and the requests in flight a bound. */
final class Upstream {
  private static final Duration READ_WITHIN = Duration.ofSeconds(2);
  private static final Duration WRITTEN_WITHIN = Duration.ofSeconds(10);
  private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0";
  private static final int MOST_CONNECTIONS = 8;
  private static final int MOST_WAITING = 256;

  // Less than the idle timeout of a server's connection.
  private static final int KEEP_ALIVE_SECONDS = 10;

  private final HttpClient http;

  Upstream(Vertx vertx) {
    this.http =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                .setConnectTimeout((int) READ_WITHIN.toMillis()),
            new PoolOptions().setHttp1MaxSize(MOST_CONNECTIONS).setMaxWaitQueueSize(MOST_WAITING));
  }

  /** An answer of any status. */
  record Answer(int status, String contentType, Buffer body) {
    boolean isOk() {
      return status >= 200 && status < 300;
    }

    /** The body of a success as JSON. */
    Future<JsonObject> json() {
      try {
        return isOk()
            ? Future.succeededFuture(new JsonObject(body))
            : Future.failedFuture("status " + status);
      } catch (DecodeException notAnObject) {
        return Future.failedFuture(notAnObject);
      }
    }
  }

  /** Sends a GET, and repeats it once if the server closed the connection before it answered. */
  Future<Answer> get(URI to, String path) {
    return once(HttpMethod.GET, to, path, notSampled(), null, READ_WITHIN)
        .recover(
            cause ->
                cause instanceof HttpClosedException
                    ? once(HttpMethod.GET, to, path, notSampled(), null, READ_WITHIN)
                    : Future.failedFuture(cause));
  }

  /** Reads the metrics of a process with their exemplars, in OpenMetrics. */
  Future<Answer> scrape(URI to) {
    Map<String, String> headers = new HashMap<>(notSampled());
    headers.put("accept", OPEN_METRICS);
    return once(HttpMethod.GET, to, "/metrics", headers, null, READ_WITHIN);
  }

  /** Sends a write, once. */
  Future<Answer> send(
      HttpMethod method, URI to, String path, Map<String, String> headers, JsonObject body) {
    return once(method, to, path, headers, body.toBuffer(), WRITTEN_WITHIN);
  }

  private Future<Answer> once(
      HttpMethod method,
      URI to,
      String path,
      Map<String, String> headers,
      @Nullable Buffer body,
      Duration within) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(method)
            .setHost(to.getHost())
            .setPort(to.getPort())
            .setURI(path)
            .setIdleTimeout(within.toMillis());
    headers.forEach(options::putHeader);
    return http.request(options)
        .compose(request -> sent(request, body))
        .compose(Upstream::answer)
        .timeout(within.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static Future<HttpClientResponse> sent(HttpClientRequest request, @Nullable Buffer body) {
    return body == null
        ? request.send()
        : request.putHeader("content-type", "application/json").send(body);
  }

  private static Future<Answer> answer(HttpClientResponse response) {
    String type = response.getHeader("content-type");
    return response
        .body()
        .map(body -> new Answer(response.statusCode(), type == null ? "" : type, body));
  }

  // Reads of the console belong to no order, and their traces would hide those of orders.
  private static Map<String, String> notSampled() {
    String traceId = UUID.randomUUID().toString().replace("-", "");
    return Map.of("traceparent", "00-" + traceId + "-" + traceId.substring(16) + "-00");
  }
}
