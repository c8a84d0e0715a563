package dev.converge.payment.http;

import dev.converge.payment.domain.OrderTotals;
import dev.converge.payment.domain.OrderTotals.Total;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** Asks the order service what orders come to. No order waits for its answers: the audit asks. */
public final class OrderClient {
  private static final long ANSWER_WITHIN_MS = 3_000;

  private final HttpClient http;
  private final URI orderService;

  public OrderClient(Vertx vertx, URI orderService) {
    this.http = vertx.createHttpClient();
    this.orderService = orderService;
  }

  /**
   * What orders come to. Fails where the order service does not say.
   *
   * @param from the lowest id they may have
   * @param before the lowest id beyond theirs
   */
  public Future<OrderTotals> totals(UUID from, UUID before) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.GET)
            .setHost(orderService.getHost())
            .setPort(orderService.getPort())
            .setURI("/order-totals?from=" + from + "&before=" + before)
            .putHeader("traceparent", notSampled())
            .setConnectTimeout(ANSWER_WITHIN_MS)
            .setIdleTimeout(ANSWER_WITHIN_MS);
    return http.request(options)
        .compose(HttpClientRequest::send)
        .compose(OrderClient::totals)
        .timeout(2 * ANSWER_WITHIN_MS, TimeUnit.MILLISECONDS);
  }

  // What an audit asks belongs to no order's trace, and would hide these among its own.
  private static String notSampled() {
    String traceId = UUID.randomUUID().toString().replace("-", "");
    return "00-" + traceId + "-" + traceId.substring(16) + "-00";
  }

  private static Future<OrderTotals> totals(HttpClientResponse response) {
    return response.body().compose(body -> totals(response.statusCode(), body));
  }

  static Future<OrderTotals> totals(int status, Buffer body) {
    if (status != 200) {
      return Future.failedFuture("the order service answers " + status);
    }
    JsonObject json = new JsonObject(body);
    Map<String, Total> completed = new HashMap<>();
    for (Object item : json.getJsonArray("completed")) {
      JsonObject of = (JsonObject) item;
      completed.put(
          of.getString("currency"),
          new Total(of.getLong("orders"), integer(of, "sumMinor"), integer(of, "checksum")));
    }
    return Future.succeededFuture(
        new OrderTotals(
            completed,
            Optional.ofNullable(json.getString("firstCompleted")).map(UUID::fromString),
            json.getJsonArray("pending").stream().map(id -> UUID.fromString((String) id)).toList(),
            json.getBoolean("morePending")));
  }

  private static BigInteger integer(JsonObject of, String name) {
    return new BigInteger(of.getString(name));
  }
}
