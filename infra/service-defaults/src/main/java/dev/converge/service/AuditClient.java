package dev.converge.service;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Asks another service, with GET, for what an audit compares. No order waits for its answers. An
 * answer comes within 3 s, or the request fails.
 */
public final class AuditClient {
  private static final long ANSWER_WITHIN_MS = 3_000;

  // Less than a server keeps a connection on which nothing comes (HttpLimits, idle).
  private static final int KEEP_ALIVE_SECONDS = 10;

  /** An answer of whatever status. */
  public record Answer(int status, Buffer body) {}

  private final HttpClient http;
  private final URI service;

  public AuditClient(Vertx vertx, URI service) {
    this.http =
        vertx.createHttpClient(new HttpClientOptions().setKeepAliveTimeout(KEEP_ALIVE_SECONDS));
    this.service = service;
  }

  /**
   * Sends a request, once more where the server has closed the connection before it answered: it
   * may do so at any time with one that is kept.
   *
   * @param path with the query
   */
  public Future<Answer> get(String path) {
    return getOnce(path)
        .recover(
            cause ->
                cause instanceof HttpClosedException ? getOnce(path) : Future.failedFuture(cause));
  }

  private Future<Answer> getOnce(String path) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.GET)
            .setHost(service.getHost())
            .setPort(service.getPort())
            .setURI(path)
            .putHeader("traceparent", notSampled())
            .setConnectTimeout(ANSWER_WITHIN_MS)
            .setIdleTimeout(ANSWER_WITHIN_MS);
    return http.request(options)
        .compose(request -> request.send())
        .compose(response -> response.body().map(body -> new Answer(response.statusCode(), body)))
        .timeout(ANSWER_WITHIN_MS, TimeUnit.MILLISECONDS);
  }

  // What an audit asks belongs to no order's trace, and would hide these among its own.
  private static String notSampled() {
    String traceId = UUID.randomUUID().toString().replace("-", "");
    return "00-" + traceId + "-" + traceId.substring(16) + "-00";
  }
}
