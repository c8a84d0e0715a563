package dev.converge.edge;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The contract, kept by the edge of the embedded platform. */
class VertxEdgeIT extends EdgeContract {

  @Override
  RunningEdge start(Settings settings, List<Integer> replicaPorts) throws Exception {
    int port = FreePorts.next();
    int managementPort = FreePorts.next();
    EdgeConfig config =
        new EdgeConfig(
            "127.0.0.1",
            managementPort,
            List.of(
                new Route(
                    "order-service",
                    port,
                    replicaPorts.stream()
                        .map(each -> new Route.Address("127.0.0.1", each))
                        .toList())),
            settings.policy(),
            new EdgeConfig.Limits(
                settings.requests(),
                settings.attempt(),
                settings.attempt().plusSeconds(5),
                Duration.ofMillis(200),
                Duration.ofMillis(300)));
    Vertx vertx = Vertx.vertx();
    EdgeServer server =
        new EdgeServer(config, new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
    String deployed = vertx.deployVerticle(server).await(20, TimeUnit.SECONDS);
    return new Running(vertx, deployed, port, managementPort);
  }

  private static final class Running implements RunningEdge {
    private final Vertx vertx;
    private final String deployed;
    private final int port;
    private final int managementPort;
    private Future<Void> stopped = Future.succeededFuture();

    Running(Vertx vertx, String deployed, int port, int managementPort) {
      this.vertx = vertx;
      this.deployed = deployed;
      this.port = port;
      this.managementPort = managementPort;
    }

    @Override
    public int port() {
      return port;
    }

    @Override
    public int managementPort() {
      return managementPort;
    }

    @Override
    public void beginStop() {
      stopped = vertx.undeploy(deployed);
    }

    @Override
    public void awaitStop() throws Exception {
      stopped.await(20, TimeUnit.SECONDS);
    }

    @Override
    public void end() throws Exception {
      awaitStop();
      vertx.close().await(20, TimeUnit.SECONDS);
    }
  }
}
