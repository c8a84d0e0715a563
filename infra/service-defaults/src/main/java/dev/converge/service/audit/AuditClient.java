package dev.converge.service.audit;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Reads from another service, with GET, the data that an audit compares. No order waits for the
 * answers. A request without an answer within 3 s fails.
 */
public final class AuditClient {
  private static final long ANSWER_WITHIN_MS = 3_000;

  // Less than the idle timeout of a server's connection (HttpLimits, idle).
  private static final int KEEP_ALIVE_SECONDS = 10;

  /** An answer of any status to a request for a path. */
  public record Answer(String path, int status, Buffer body) {
    /** The body as JSON. Fails for every status but 200. */
    public Future<JsonObject> json() {
      return status == 200
          ? Future.succeededFuture(new JsonObject(body))
          : Future.failedFuture("GET " + path + " is answered with status " + status);
    }
  }

  private final HttpClient http;
  private final URI service;

  public AuditClient(Vertx vertx, URI service) {
    this.http =
        vertx.createHttpClient(new HttpClientOptions().setKeepAliveTimeout(KEEP_ALIVE_SECONDS));
    this.service = service;
  }

  /**
   * Sends a request, and repeats it once where the server closed the connection before it answered.
   * A server may close a kept-alive connection at any time.
   *
   * @param path the path and the query
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
        .compose(
            response -> response.body().map(body -> new Answer(path, response.statusCode(), body)))
        .timeout(ANSWER_WITHIN_MS, TimeUnit.MILLISECONDS);
  }

  // Requests of an audit belong to no order, and their traces would hide those of orders.
  private static String notSampled() {
    String traceId = UUID.randomUUID().toString().replace("-", "");
    return "00-" + traceId + "-" + traceId.substring(16) + "-00";
  }
}
