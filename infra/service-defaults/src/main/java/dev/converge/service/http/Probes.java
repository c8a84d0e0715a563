package dev.converge.service.http;

import dev.converge.service.postgres.DatabaseConfig;
import dev.converge.service.runtime.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.VertxException;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /livez}, {@code /readyz} and {@code /metrics}. The reason why a service is not ready is
 * one of a few fixed texts; the log has the details.
 */
final class Probes {
  private static final Logger LOG = LoggerFactory.getLogger(Probes.class);
  private static final Set<String> PATHS = Set.of("/livez", "/readyz", "/metrics");
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

  /** The format that has exemplars. Prometheus asks for it. */
  private static final String OPEN_METRICS =
      "application/openmetrics-text; version=1.0.0; charset=utf-8";

  private final Telemetry telemetry;
  private final Supplier<Future<Void>> ready;
  private final BooleanSupplier draining;
  private String reason = "";

  Probes(Telemetry telemetry, Supplier<Future<Void>> ready, BooleanSupplier draining) {
    this.telemetry = telemetry;
    this.ready = ready;
    this.draining = draining;
  }

  static boolean isProbe(String path) {
    return PATHS.contains(path);
  }

  void mount(Router router) {
    router.get("/livez").handler(request -> Answers.json(request, 200, "{\"status\":\"UP\"}"));
    router.get("/readyz").handler(this::answerReady);
    router.get("/metrics").handler(this::answerMetrics);
  }

  private void answerReady(RoutingContext request) {
    if (draining.getAsBoolean()) {
      answerDown(request, "shutting down");
      return;
    }
    DatabaseConfig.inTime(ready.get())
        .onSuccess(up -> answerUp(request))
        .onFailure(cause -> answerDown(request, logged(cause)));
  }

  private void answerUp(RoutingContext request) {
    if (!reason.isEmpty()) {
      reason = "";
      LOG.info("ready again");
    }
    Answers.json(request, 200, "{\"status\":\"UP\"}");
  }

  // Logs each reason once.
  private String logged(Throwable cause) {
    String now = reason(cause);
    if (!now.equals(reason)) {
      reason = now;
      LOG.warn("not ready: {}", now, cause);
    }
    return now;
  }

  static String reason(Throwable cause) {
    if (cause instanceof TimeoutException) {
      return "database: does not answer";
    }
    return cause instanceof ConnectionPoolTooBusyException || isPoolTimeout(cause)
        ? "database: no connection in time"
        : "database: not available";
  }

  // The pool's timeout has no exception class of its own.
  private static boolean isPoolTimeout(Throwable cause) {
    return cause instanceof VertxException
        && String.valueOf(cause.getMessage()).startsWith("Timeout");
  }

  private static void answerDown(RoutingContext request, String reason) {
    request
        .response()
        .putHeader(HttpHeaders.RETRY_AFTER, String.valueOf(Problems.RETRY_AFTER_SECONDS));
    JsonObject down = new JsonObject().put("status", "DOWN").put("reason", reason);
    Answers.json(request, 503, down.encode());
  }

  private void answerMetrics(RoutingContext request) {
    boolean open =
        request.request().headers().getAll(HttpHeaders.ACCEPT).stream()
            .anyMatch(accepted -> accepted.contains("application/openmetrics-text"));
    String format = open ? OPEN_METRICS : TEXT;
    request.response().putHeader(HttpHeaders.CONTENT_TYPE, format);
    Answers.end(request.request(), telemetry.meters().scrape(format));
  }
}
