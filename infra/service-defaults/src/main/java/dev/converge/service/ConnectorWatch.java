package dev.converge.service;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the connector that publishes a service's outbox and restarts what of it has failed. Kafka
 * Connect leaves a failed task failed; an outbox that nobody reads is an order that never ends.
 */
public final class ConnectorWatch extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectorWatch.class);
  private static final long ANSWER_WITHIN_MS = 3_000;

  private final URI connect;
  private final String connector;
  private final Duration every;
  private final AtomicInteger running = new AtomicInteger();
  private @Nullable HttpClient http;

  public ConnectorWatch(URI connect, String connector, Duration every, MeterRegistry meters) {
    this.connect = connect;
    this.connector = connector;
    this.every = every;
    meters.gauge("outbox.connector.running", running);
  }

  @Override
  public Future<?> start() {
    http = vertx.createHttpClient();
    vertx.setTimer(every.toMillis(), timer -> look());
    return Future.succeededFuture();
  }

  private void look() {
    call(HttpMethod.GET, "/connectors/" + connector + "/status")
        .compose(this::restartFailed)
        .onFailure(this::notSeen)
        .onComplete(looked -> vertx.setTimer(every.toMillis(), timer -> look()));
  }

  private Future<Void> restartFailed(Buffer body) {
    JsonObject status = new JsonObject(body);
    List<String> states = new ArrayList<>();
    states.add(state(status.getJsonObject("connector")));
    status
        .getJsonArray("tasks", new JsonArray())
        .forEach(task -> states.add(state((JsonObject) task)));
    boolean failed = states.contains("FAILED");
    // A connector without a task publishes nothing.
    boolean up = states.size() > 1 && states.stream().allMatch("RUNNING"::equals);
    if (running.getAndSet(up ? 1 : 0) != (up ? 1 : 0)) {
      LOG.info("connector {} is {}", connector, up ? "running" : "not running");
    }
    if (!failed) {
      return Future.succeededFuture();
    }
    LOG.warn("connector {} has failed and is restarted", connector);
    return call(
            HttpMethod.POST,
            "/connectors/" + connector + "/restart?includeTasks=true&onlyFailed=true")
        .mapEmpty();
  }

  private static String state(@Nullable JsonObject part) {
    return part == null ? "ABSENT" : part.getString("state", "ABSENT");
  }

  private void notSeen(Throwable cause) {
    if (running.getAndSet(0) == 1) {
      LOG.warn("connector {} cannot be seen: {}", connector, cause.getMessage());
    }
  }

  private Future<Buffer> call(HttpMethod method, String path) {
    if (http == null) {
      return Future.failedFuture("not started");
    }
    RequestOptions options =
        new RequestOptions()
            .setMethod(method)
            .setHost(connect.getHost())
            .setPort(connect.getPort())
            .setURI(path)
            .setConnectTimeout(ANSWER_WITHIN_MS)
            .setIdleTimeout(ANSWER_WITHIN_MS);
    return http.request(options)
        .compose(HttpClientRequest::send)
        .compose(HttpClientResponse::body)
        .timeout(2 * ANSWER_WITHIN_MS, TimeUnit.MILLISECONDS);
  }
}
