package dev.converge.edge;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.function.Supplier;

/** {@code /livez}, {@code /readyz} and {@code /metrics} of the edge itself. */
final class Management {
  private final Supplier<State> state;
  private final PrometheusMeterRegistry meters;

  /**
   * The readiness of the edge. Unavailable services do not make it unready: others may be
   * available, and their clients get an answer from it.
   *
   * @param isChecked whether every replica was checked once
   * @param available replicas of all services
   */
  record State(boolean isChecked, boolean isDraining, int available) {
    boolean isReady() {
      return isChecked && !isDraining;
    }

    String reason() {
      return isDraining ? "shutting down" : "replicas are not checked yet";
    }
  }

  Management(Supplier<State> state, PrometheusMeterRegistry meters) {
    this.state = state;
    this.meters = meters;
  }

  void handle(HttpServerRequest request) {
    if (!HttpMethod.GET.equals(request.method())) {
      end(request.response().setStatusCode(405).putHeader("allow", "GET"), "");
      return;
    }
    switch (request.path()) {
      case "/livez" -> json(request, 200, new JsonObject().put("status", "UP"));
      case "/readyz" -> ready(request, state.get());
      case "/metrics" -> {
        request.response().putHeader("content-type", "text/plain; version=0.0.4; charset=utf-8");
        end(request.response(), meters.scrape());
      }
      default -> end(request.response().setStatusCode(404), "");
    }
  }

  private static void ready(HttpServerRequest request, State state) {
    if (state.isReady()) {
      json(
          request,
          200,
          new JsonObject().put("status", "UP").put("availableReplicas", state.available()));
    } else {
      request.response().putHeader("retry-after", EdgeProblem.RETRY_AFTER_SECONDS);
      json(request, 503, new JsonObject().put("status", "DOWN").put("reason", state.reason()));
    }
  }

  private static void json(HttpServerRequest request, int status, JsonObject body) {
    HttpServerResponse response = request.response().setStatusCode(status);
    end(response.putHeader("content-type", "application/json"), body.encode());
  }

  private static void end(HttpServerResponse response, String body) {
    Future<Void> sent = response.end(body);
    sent.onFailure(clientClosed -> response.reset());
  }
}
