package dev.converge.outbox.housekeeping;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Calls Kafka Connect's API for one connector, at the worker that answered last. If it does not
 * answer, the next one is called. A worker that fails after it has received a call may have done
 * it; each of these calls can be repeated.
 */
final class ConnectApi {
  private static final long TIMEOUT_MS = 3_000;

  // Less than the idle timeout of the worker.
  private static final int KEEP_ALIVE_SECONDS = 10;

  private record Answer(int status, Buffer body) {}

  private final HttpClient http;
  private final List<URI> workers;
  private final String connector;
  private int answered;

  ConnectApi(Vertx vertx, List<URI> workers, String connector) {
    this.http =
        vertx.createHttpClient(new HttpClientOptions().setKeepAliveTimeout(KEEP_ALIVE_SECONDS));
    this.workers = workers;
    this.connector = connector;
  }

  /** Reads the connector's state; never fails. */
  Future<Connector> state() {
    return call(HttpMethod.GET, "/connectors/" + connector + "/status", null)
        .map(answer -> Connector.of(answer.status(), answer.body()))
        .otherwise(cause -> new Connector.Unknown(reason(cause)));
  }

  private static String reason(Throwable cause) {
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }

  /** Restarts the connector and its tasks, or those that have failed. */
  Future<Void> restart(boolean onlyFailed) {
    String path =
        "/connectors/" + connector + "/restart?includeTasks=true&onlyFailed=" + onlyFailed;
    return call(HttpMethod.POST, path, null).compose(answer -> expectSuccess("restart", answer));
  }

  /**
   * Registers the connector if it does not exist; an existing one stays as it is.
   *
   * @return whether it was registered
   */
  Future<Boolean> register(JsonObject config) {
    JsonObject body = new JsonObject().put("name", connector).put("config", config);
    return call(HttpMethod.POST, "/connectors", body.toBuffer())
        .compose(
            answer ->
                answer.status() == 409
                    ? Future.succeededFuture(false)
                    : expectSuccess("registration", answer).map(true));
  }

  private static Future<Void> expectSuccess(String what, Answer answer) {
    return answer.status() < 300
        ? Future.succeededFuture()
        : Future.failedFuture(
            what + " answered with " + answer.status() + " " + answer.body().toString());
  }

  private Future<Answer> call(HttpMethod method, String path, @Nullable Buffer body) {
    return callFrom(answered, 1, method, path, body);
  }

  private Future<Answer> callFrom(
      int worker, int attempt, HttpMethod method, String path, @Nullable Buffer body) {
    return callAt(workers.get(worker), method, path, body)
        .onSuccess(answer -> answered = worker)
        .recover(
            cause ->
                attempt == workers.size()
                    ? Future.failedFuture(cause)
                    : callFrom((worker + 1) % workers.size(), attempt + 1, method, path, body));
  }

  private Future<Answer> callAt(URI worker, HttpMethod method, String path, @Nullable Buffer body) {
    RequestOptions options =
        new RequestOptions()
            .setMethod(method)
            .setHost(worker.getHost())
            .setPort(worker.getPort())
            .setURI(path)
            .putHeader("Content-Type", "application/json")
            .setConnectTimeout(TIMEOUT_MS)
            .setIdleTimeout(TIMEOUT_MS);
    return http.request(options)
        .compose(request -> body == null ? request.send() : request.send(body))
        .compose(
            response -> response.body().map(answer -> new Answer(response.statusCode(), answer)))
        .timeout(2 * TIMEOUT_MS, TimeUnit.MILLISECONDS);
  }
}
