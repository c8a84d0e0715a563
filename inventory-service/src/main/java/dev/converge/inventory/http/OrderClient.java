package dev.converge.inventory.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Asks the order service about orders. No order waits for its answers: only the audit asks. */
public final class OrderClient {
  private static final long ANSWER_WITHIN_MS = 3_000;

  private final HttpClient http;
  private final URI orderService;

  public OrderClient(Vertx vertx, URI orderService) {
    this.http = vertx.createHttpClient();
    this.orderService = orderService;
  }

  /**
   * Whether an order needs nothing any more: it has ended, or there is none. Fails where the order
   * service does not say.
   */
  public Future<Boolean> isOver(UUID orderId) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.GET)
            .setHost(orderService.getHost())
            .setPort(orderService.getPort())
            .setURI("/orders/" + orderId)
            .putHeader("traceparent", notSampled())
            .setConnectTimeout(ANSWER_WITHIN_MS)
            .setIdleTimeout(ANSWER_WITHIN_MS);
    return http.request(options)
        .compose(HttpClientRequest::send)
        .compose(OrderClient::isOver)
        .timeout(2 * ANSWER_WITHIN_MS, TimeUnit.MILLISECONDS);
  }

  // What an audit asks belongs to no order's trace, and would hide these among its own.
  private static String notSampled() {
    String traceId = UUID.randomUUID().toString().replace("-", "");
    return "00-" + traceId + "-" + traceId.substring(16) + "-00";
  }

  private static Future<Boolean> isOver(HttpClientResponse response) {
    return response.body().compose(body -> isOver(response.statusCode(), body));
  }

  static Future<Boolean> isOver(int status, Buffer body) {
    return switch (status) {
      case 200 -> isOver(new JsonObject(body).getString("status"));
      case 404 -> Future.succeededFuture(true);
      default -> Future.failedFuture("the order service answers " + status);
    };
  }

  private static Future<Boolean> isOver(@Nullable String status) {
    return status == null
        ? Future.failedFuture("the order service tells no status")
        : Future.succeededFuture(!status.equals("PENDING"));
  }
}
