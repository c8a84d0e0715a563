package dev.converge.service.http;

import dev.converge.service.http.connection.ConnectionAdmission;
import dev.converge.service.http.connection.ConnectionLimits;
import dev.converge.service.runtime.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.ext.web.Router;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A service's HTTP server. It adds to the service's routes what every API has: limits, problems,
 * spans, probes, metrics and the OpenAPI document.
 */
public final class HttpApi extends VerticleBase {
  // Statuses with which the router refuses a request without a failure handler of a route.
  private static final List<Integer> ROUTER_STATUSES =
      List.of(400, 404, 405, 413, 414, 415, 417, 500);

  private final HttpConfig config;
  private final Telemetry telemetry;
  private final String openApiResource;
  private final Consumer<Router> routes;
  private final ProblemAnswers problems;
  private Consumer<Router> pages = router -> {};
  private HttpLimits limits = HttpLimits.STANDARD;
  private Supplier<Future<Void>> ready = Future::succeededFuture;
  private Runnable whenStopping = () -> {};
  private @Nullable HttpServer server;
  private boolean draining;

  /**
   * @param openApiResource class-path name of the document served at {@code /openapi.json}
   * @param routes adds the service's own routes
   */
  public HttpApi(
      HttpConfig config, Telemetry telemetry, String openApiResource, Consumer<Router> routes) {
    this.config = config;
    this.telemetry = telemetry;
    this.openApiResource = openApiResource;
    this.routes = routes;
    this.problems = new ProblemAnswers(telemetry.tracer());
  }

  /** Replaces the standard limits. */
  HttpApi within(HttpLimits limits) {
    this.limits = limits;
    return this;
  }

  /**
   * Sets what {@code /readyz} checks.
   *
   * @param ready fails while the service cannot do its work
   */
  public HttpApi checkingReadiness(Supplier<Future<Void>> ready) {
    this.ready = ready;
    return this;
  }

  /**
   * Decides whether a failure that looks like a fault of the service is one of its environment:
   * then the answer is 503 instead of 500.
   *
   * @param isTransient whether the environment is at fault; called on the server's event loop;
   *     where its future fails, the answer is 500
   */
  public HttpApi classifyingFailures(Function<Throwable, Future<Boolean>> isTransient) {
    problems.classifyFailures(isTransient);
    return this;
  }

  /**
   * Sets a callback that releases answers which routes hold back. From then on answers close their
   * connections.
   *
   * @param callback called once, on the server's event loop, when it begins to stop
   */
  public HttpApi whenStopping(Runnable callback) {
    whenStopping = callback;
    return this;
  }

  /**
   * Adds routes of another kind than those of an API: files for browsers, and streams. They only
   * read, may have another media type than JSON, and have no span.
   */
  public HttpApi servingPages(Consumer<Router> pages) {
    this.pages = pages;
    return this;
  }

  @Override
  public Future<?> start() {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(config.host())
            .setPort(config.port())
            .setIdleTimeout((int) limits.timeouts().idle().toMillis())
            .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
            .setMaxHeaderSize(ConnectionLimits.HEADER_BYTES)
            .setMaxInitialLineLength(ConnectionLimits.REQUEST_LINE_BYTES)
            .setHttp2ClearTextEnabled(false)
            .setTracingPolicy(TracingPolicy.IGNORE);
    ConnectionAdmission admission =
        new ConnectionAdmission(limits.connections(), problems::tooManyConnections);
    Router router = router(admission);
    HttpServer created =
        vertx
            .createHttpServer(options)
            .connectionHandler(connection -> admission.admit(connection, options))
            .requestHandler(request -> serve(request, admission, router))
            .invalidRequestHandler(problems::answerUndecodable);
    server = created;
    admission.register(telemetry.meters());
    return created.listen();
  }

  /** Reports not ready, then stops accepting, completes the requests in flight, and closes. */
  @Override
  public Future<?> stop() {
    draining = true;
    whenStopping.run();
    HttpLimits.Shutdown shutdown = limits.shutdown();
    HttpServer running = server;
    return running == null
        ? Future.succeededFuture()
        : vertx
            .timer(shutdown.notice().toMillis(), TimeUnit.MILLISECONDS)
            .compose(
                noticed -> running.shutdown(shutdown.drain().toMillis(), TimeUnit.MILLISECONDS));
  }

  private static void serve(
      HttpServerRequest request, ConnectionAdmission admission, Router router) {
    admission.awaitAnswer(request);
    router.handle(ServerWideRequest.routable(request));
  }

  private Router router(ConnectionAdmission admission) {
    Router router = Router.router(vertx);
    DocumentRoutes documents = new DocumentRoutes(openApiResource);
    RouteTable table = new RouteTable(router);
    RequestFilters filters =
        new RequestFilters(
            new ConnectionEnd(limits.timeouts().linger(), () -> draining),
            new RequestRules(
                admission,
                new AllowedHosts(config.host(), config.allowedHosts()),
                table,
                documents.parameters()),
            new RequestSpans(table, telemetry),
            new BodyReader(limits.timeouts().body()));
    RequestFilters.mount(filters.ofAllRequests(), router);
    new Probes(telemetry, ready, () -> draining).mount(router);
    documents.mount(router);
    pages.accept(router);
    RequestFilters.mount(filters.ofRoutes(), router);
    routes.accept(router);
    table.addHead();
    router.route().failureHandler(problems::answerFailure);
    ROUTER_STATUSES.forEach(status -> router.errorHandler(status, problems::answerFailure));
    return router;
  }
}
