package dev.converge.lab.reads;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** The order API, as the clients of the lab call it. */
final class OrderApi implements AutoCloseable {
  private static final int CONNECTIONS = 200;
  private static final long READ_WITHIN_MS = 5_000;

  /** Short, so that a session whose write is not answered continues to read. */
  private static final long WRITE_WITHIN_MS = 1_000;

  private static final String TOKEN = "Consistency-Token";
  private static final String BODY =
      """
      {"customerId":"ada","currency":"EUR","paymentToken":"tok_ok",
       "lines":[{"sku":"espresso-beans","quantity":1,"unitPriceMinor":1290}]}
      """;

  private final HttpClient http;
  private final int port;

  OrderApi(Vertx vertx, int port) {
    this.port = port;
    this.http =
        vertx.createHttpClient(
            new HttpClientOptions().setKeepAlive(true).setKeepAliveTimeout(15).setTcpNoDelay(true),
            new PoolOptions().setHttp1MaxSize(CONNECTIONS));
  }

  /**
   * An answer.
   *
   * @param status 0 if there is no answer
   */
  record Answer(int status, @Nullable String servedBy, @Nullable String token, JsonObject body) {
    private static final Answer NONE = new Answer(0, null, null, new JsonObject());

    boolean isAccepted() {
      return status == 201 || status == 202;
    }

    /** The order of the answer to a write. */
    String orderId() {
      return body.getString("orderId");
    }

    /** The newest order of a page; null if it is empty. */
    @Nullable String newest() {
      JsonArray items = body.getJsonArray("items", new JsonArray());
      return items.isEmpty() ? null : items.getJsonObject(0).getString("orderId");
    }
  }

  /** Places an order, or repeats the request. Never fails. */
  Future<Answer> place(String key, @Nullable String token) {
    RequestOptions request = request(HttpMethod.POST, "/orders", token);
    request.putHeader("Idempotency-Key", key).putHeader("Content-Type", "application/json");
    return send(request, Buffer.buffer(BODY));
  }

  /** Cancels an order. Never fails. */
  Future<Answer> cancel(String orderId) {
    return send(request(HttpMethod.POST, "/orders/" + orderId + "/cancel", null), Buffer.buffer());
  }

  /** Reads the newest order. Never fails. */
  Future<Answer> newest(Level level, @Nullable String token) {
    return read("/orders?limit=1", level, token);
  }

  /** Reads an order. Never fails. */
  Future<Answer> find(String orderId, Level level, @Nullable String token) {
    return read("/orders/" + orderId, level, token);
  }

  private Future<Answer> read(String path, Level level, @Nullable String token) {
    RequestOptions request = request(HttpMethod.GET, path, level == Level.SESSION ? token : null);
    request.putHeader("Read-Consistency", level.header());
    return send(request, Buffer.buffer());
  }

  private RequestOptions request(HttpMethod method, String path, @Nullable String token) {
    RequestOptions request =
        new RequestOptions()
            .setHost("127.0.0.1")
            .setPort(port)
            .setMethod(method)
            .setURI(path)
            .setIdleTimeout(method.equals(HttpMethod.GET) ? READ_WITHIN_MS : WRITE_WITHIN_MS);
    if (token != null) {
      request.putHeader(TOKEN, token);
    }
    return request;
  }

  private Future<Answer> send(RequestOptions request, Buffer body) {
    return http.request(request)
        .compose(opened -> send(opened, body))
        .compose(OrderApi::answer)
        // As a client sees it: no answer in time, or a connection that was lost.
        .otherwise(Answer.NONE);
  }

  private static Future<HttpClientResponse> send(HttpClientRequest request, Buffer body) {
    return body.length() == 0 ? request.send() : request.send(body);
  }

  private static Future<Answer> answer(HttpClientResponse response) {
    return response
        .body()
        .map(
            body ->
                new Answer(
                    response.statusCode(),
                    response.getHeader("Read-Served-By"),
                    response.getHeader(TOKEN),
                    body.length() == 0 ? new JsonObject() : body.toJsonObject()));
  }

  @Override
  public void close() {
    http.close();
  }
}
