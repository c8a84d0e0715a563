package dev.converge.edge;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.tracing.TracingPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The edge: a port for each route, and one for its probes and metrics. All of it runs on one event
 * loop, so that counts of requests are exact without locks.
 */
final class EdgeServer extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(EdgeServer.class);
  private static final int MOST_CONNECTIONS = 4_096;
  private static final int REQUEST_LINE_BYTES = 4_096;
  private static final int IDLE_SECONDS = 60;

  private static final long DRAIN_MILLIS = 10_000;

  private final EdgeConfig config;
  private final PrometheusMeterRegistry meters;
  private final List<HttpServer> servers = new ArrayList<>();
  private final List<ReplicaSet> replicaSets = new ArrayList<>();
  private boolean isChecked;
  private boolean isDraining;
  private int connections;

  EdgeServer(EdgeConfig config, PrometheusMeterRegistry meters) {
    this.config = config;
    this.meters = meters;
  }

  @Override
  public Future<?> start() {
    List<Future<Void>> checked = new ArrayList<>();
    List<Future<HttpServer>> listening = new ArrayList<>();
    for (Route route : config.routes()) {
      ReplicaSet replicas = new ReplicaSet(route, config.policy());
      replicaSets.add(replicas);
      checked.add(new HealthChecks(vertx, replicas, config.limits().checkEvery()).start());
      RouteProxy proxy =
          new RouteProxy(
              vertx,
              replicas,
              config.limits(),
              new EdgeMetrics(meters, route.name()),
              () -> isDraining);
      listening.add(server(route.port()).requestHandler(proxy::handle).listen());
    }
    Management management = new Management(this::state, meters);
    listening.add(server(config.managementPort()).requestHandler(management::handle).listen());
    return Future.all(checked)
        .onSuccess(round -> isChecked = true)
        .compose(round -> Future.all(listening));
  }

  private HttpServer server(int port) {
    HttpServer server =
        vertx
            .createHttpServer(
                new HttpServerOptions()
                    .setHost(config.host())
                    .setPort(port)
                    .setIdleTimeout(IDLE_SECONDS)
                    .setMaxHeaderSize(RouteProxy.HEADER_BYTES)
                    .setMaxInitialLineLength(REQUEST_LINE_BYTES)
                    .setHandle100ContinueAutomatically(true)
                    .setHttp2ClearTextEnabled(false)
                    .setTracingPolicy(TracingPolicy.IGNORE))
            .connectionHandler(this::admit);
    servers.add(server);
    return server;
  }

  private void admit(HttpConnection connection) {
    connections++;
    connection.closeHandler(closed -> connections--);
    connection.exceptionHandler(cause -> LOG.debug("a client's connection", cause));
    if (connections > MOST_CONNECTIONS) {
      connection.close();
    }
  }

  private Management.State state() {
    return new Management.State(
        isChecked,
        isDraining,
        replicaSets.stream().mapToInt(replicas -> replicas.health().available()).sum());
  }

  /** Reports not ready, then stops accepting, completes the requests in flight, and closes. */
  @Override
  public Future<?> stop() {
    isDraining = true;
    return vertx
        .timer(config.limits().notice().toMillis(), TimeUnit.MILLISECONDS)
        .compose(noticed -> Future.join(servers.stream().map(EdgeServer::drained).toList()));
  }

  private static Future<Void> drained(HttpServer server) {
    return server.shutdown(DRAIN_MILLIS, TimeUnit.MILLISECONDS);
  }
}
