package dev.converge.service;

import dev.converge.faults.TransientFaults;
import dev.converge.outbox.Traceparent;
import io.micrometer.core.instrument.Gauge;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.opentelemetry.api.trace.Span;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.HttpException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service's HTTP server with what every API here has: limits, problems, spans, health, metrics,
 * its OpenAPI document.
 */
public final class HttpApi extends VerticleBase {
  private static final int MAX_PAGE = 100;
  private static final int DEFAULT_PAGE = 20;
  private static final String TOO_MANY_CONNECTIONS = "too many connections";
  static final Integer RETRY_AFTER_SECONDS = 2;
  static final List<String> METHODS =
      List.of("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT");
  private static final Logger LOG = LoggerFactory.getLogger(HttpApi.class);

  private final String host;
  private final int port;
  private final Telemetry telemetry;
  private final String openApiResource;
  private final Supplier<Future<Void>> ready;
  private final Consumer<Router> routes;
  private final HttpLimits limits;
  private @Nullable HttpServer server;
  private boolean draining;
  private Runnable whenStopping = () -> {};
  private List<String> allowedHosts = List.of();
  private Function<Throwable, Future<Boolean>> isTransient =
      failure -> Future.succeededFuture(TransientFaults.isTransient(failure));
  private final OpenConnections connections;

  /**
   * @param openApiResource class-path name of the document served at {@code /openapi.json}
   * @param ready fails while the service cannot do its work
   * @param routes adds the service's own routes
   */
  public HttpApi(
      String host,
      int port,
      Telemetry telemetry,
      String openApiResource,
      Supplier<Future<Void>> ready,
      Consumer<Router> routes) {
    this(host, port, telemetry, openApiResource, ready, routes, HttpLimits.STANDARD);
  }

  HttpApi(
      String host,
      int port,
      Telemetry telemetry,
      String openApiResource,
      Supplier<Future<Void>> ready,
      Consumer<Router> routes,
      HttpLimits limits) {
    this.host = host;
    this.port = port;
    this.telemetry = telemetry;
    this.openApiResource = openApiResource;
    this.ready = ready;
    this.routes = routes;
    this.limits = limits;
    this.connections = new OpenConnections(limits);
  }

  /**
   * Adds hosts to answer for, beside those of the loopback interface and the one it listens on.
   *
   * @param hosts each with a port or without
   */
  public HttpApi allowingHosts(List<String> hosts) {
    allowedHosts = List.copyOf(hosts);
    return this;
  }

  /**
   * Decides whether a failure that looks like a fault of the service is one of its environment:
   * then the answer is 503 instead of 500.
   *
   * @param isTransient called on the server's event loop; where its future fails, the answer is 500
   */
  public HttpApi classifyingFailures(Function<Throwable, Future<Boolean>> isTransient) {
    this.isTransient = isTransient;
    return this;
  }

  /**
   * Has those told who hold answers back: from then on answers close their connections.
   *
   * @param tell called once, on the server's event loop, as it begins to stop
   */
  public HttpApi whenStopping(Runnable tell) {
    whenStopping = tell;
    return this;
  }

  @Override
  public Future<?> start() {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(host)
            .setPort(port)
            .setIdleTimeout((int) limits.idle().toMillis())
            .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
            .setMaxHeaderSize(HttpLimits.HEADER_BYTES)
            .setMaxInitialLineLength(HttpLimits.REQUEST_LINE_BYTES)
            .setHttp2ClearTextEnabled(false)
            .setTracingPolicy(TracingPolicy.IGNORE);
    Router router = router(vertx);
    HttpServer created =
        vertx
            .createHttpServer(options)
            .connectionHandler(connection -> admit(connection, options))
            .requestHandler(request -> serve(request, router))
            .invalidRequestHandler(this::refuseInvalid);
    server = created;
    Gauge.builder("http.server.connections", connections, OpenConnections::count)
        .register(telemetry.meters());
    return created.listen();
  }

  /**
   * Says that it is not ready, then stops accepting, lets the requests in flight end, and closes.
   */
  @Override
  public Future<?> stop() {
    draining = true;
    whenStopping.run();
    HttpServer running = server;
    return running == null
        ? Future.succeededFuture()
        : vertx
            .timer(limits.notice().toMillis(), TimeUnit.MILLISECONDS)
            .compose(noticed -> running.shutdown(limits.drain().toMillis(), TimeUnit.MILLISECONDS));
  }

  private void admit(HttpConnection connection, HttpServerOptions options) {
    OpenConnections.Entry entry = connections.admit(connection);
    if (entry != null) {
      StrictRequestDecoder.install(
          connection, options, limits.head(), () -> connections.received(entry));
      return;
    }
    ProblemType type = ProblemType.OVERLOADED;
    String traceId = RequestSpans.refused(telemetry.tracer(), type.status());
    String problem = Problem.of(type, TOO_MANY_CONNECTIONS).toJson("", traceId);
    List<String> lines = new ArrayList<>();
    lines.add("HTTP/1.1 503 Service Unavailable");
    lines.addAll(Answers.commonHeaderLines());
    lines.add("content-type: application/problem+json");
    lines.add("cache-control: no-store");
    lines.add("content-length: " + problem.getBytes(StandardCharsets.UTF_8).length);
    lines.add("retry-after: " + RETRY_AFTER_SECONDS);
    lines.add("connection: close");
    lines.add(RequestSpans.TRACE_ID + ": " + traceId);
    StrictRequestDecoder.turnAway(connection, String.join("\r\n", lines) + "\r\n\r\n" + problem);
  }

  private void serve(HttpServerRequest request, Router router) {
    HttpConnection connection = request.connection();
    request.response().bodyEndHandler(ended -> connections.answered(connection));
    router.handle(ServerWideRequest.routable(request));
  }

  private Router router(Vertx vertx) {
    Router router = Router.router(vertx);
    String openApi = resource(openApiResource);
    RouteTable table = new RouteTable(router);
    RequestRules rules =
        new RequestRules(
            new AllowedHosts(host, allowedHosts),
            table,
            new QueryParameters(new JsonObject(openApi)));
    router.route().handler(this::endConnectionInTime);
    // Before all: what these refuse they refuse wherever it comes.
    router.route().handler(RequestRules::requireWellFormed);
    router.route().handler(rules::requireTarget);
    router.route().handler(this::refuseAllButProbes);
    new Probes(telemetry, ready, () -> draining).mount(router);
    router.get("/openapi.json").handler(request -> answer(request, 200, openApi));
    router.get("/problems/:slug").handler(HttpApi::answerProblemPage);
    router.route().handler(new RequestSpans(table, telemetry));
    router.route().handler(rules::requireRoute);
    router.route().handler(RequestRules::refuseCrossSiteWrite);
    router.route().handler(rules::requireDocumented);
    router.route().handler(RequestRules::requireJson);
    router.route().handler(this::limitBodyTime);
    router.route().handler(BodyHandler.create(false).setBodyLimit(HttpLimits.BODY_BYTES));
    routes.accept(router);
    table.addHead();
    router.route().failureHandler(this::answerFailure);
    for (int status : List.of(400, 413, 414, 415, 417, 500)) {
      router.errorHandler(status, this::answerFailure);
    }
    router.errorHandler(404, this::answerFailure);
    router.errorHandler(405, this::answerFailure);
    return router;
  }

  private static String resource(String name) {
    try (InputStream resource = HttpApi.class.getClassLoader().getResourceAsStream(name)) {
      return new String(
          Objects.requireNonNull(resource, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Answers with JSON. */
  public static void answer(RoutingContext request, int status, String json) {
    if (!request.response().ended()) {
      request
          .response()
          .setStatusCode(status)
          .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
          .putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
      Answers.end(request.request(), json);
    }
  }

  /** A path parameter as a UUID. */
  public static UUID uuid(RoutingContext request, String parameter) {
    return uuid(parameter, String.valueOf(request.pathParam(parameter)));
  }

  /** A query parameter as a UUID, or null where it is not given. */
  public static @Nullable UUID queryUuid(RoutingContext request, String parameter) {
    String value = request.request().getParam(parameter);
    return value == null ? null : uuid(parameter, value);
  }

  /** How many items a page is asked to have: the query's {@code limit}, 1 to 100; else 20. */
  public static int limit(RoutingContext request) {
    String value = request.request().getParam("limit");
    if (value == null) {
      return DEFAULT_PAGE;
    }
    if (value.matches("\\d{1,3}")) {
      int limit = Integer.parseInt(value);
      if (limit >= 1 && limit <= MAX_PAGE) {
        return limit;
      }
    }
    throw Problem.of(
        ProblemType.INVALID_PARAMETER,
        List.of(new Problem.Fault("limit", "must be 1 to " + MAX_PAGE)));
  }

  private static UUID uuid(String parameter, String value) {
    try {
      UUID id = UUID.fromString(value);
      if (id.toString().equalsIgnoreCase(value)) {
        return id;
      }
    } catch (IllegalArgumentException e) {
      // Answered below, with what was expected.
    }
    throw Problem.of(
        ProblemType.INVALID_PARAMETER, List.of(new Problem.Fault(parameter, "must be a UUID")));
  }

  /** The trace of a request, as it stands in problems and in {@code X-Trace-Id}. */
  public static String traceId(RoutingContext request) {
    Span span = request.get(RequestSpans.SPAN);
    return span == null ? "" : span.getSpanContext().getTraceId();
  }

  /** The W3C traceparent that a request's effects continue. */
  public static @Nullable String traceparent(RoutingContext request) {
    Span span = request.get(RequestSpans.SPAN);
    return span == null ? null : Traceparent.of(span).map(Traceparent::toString).orElse(null);
  }

  private static void answerProblemPage(RoutingContext request) {
    for (ProblemType type : ProblemType.values()) {
      if (type.slug().equals(request.pathParam("slug"))) {
        answer(
            request,
            200,
            new JsonObject()
                .put("title", type.title())
                .put("status", type.status())
                .put("explanation", type.explanation())
                .encode());
        return;
      }
    }
    request.fail(404);
  }

  private void refuseAllButProbes(RoutingContext request) {
    if (Probes.isProbe(request.request().path())
        || !connections.isForProbesOnly(request.request().connection())) {
      request.next();
      return;
    }
    request.response().putHeader(HttpHeaders.CONNECTION, "close");
    request.addEndHandler(answered -> request.request().connection().close());
    request.fail(
        Problem.retryLater(ProblemType.OVERLOADED, TOO_MANY_CONNECTIONS, RETRY_AFTER_SECONDS));
  }

  /**
   * Ends the connection after an answer that came before its request had: what is left of a body is
   * not worth the wait. So does a server that stops, to have its clients go elsewhere.
   */
  private void endConnectionInTime(RoutingContext request) {
    HttpServerRequest incoming = request.request();
    request.addHeadersEndHandler(
        head -> {
          if (draining || isUnderWay(incoming) || RequestRules.asksToClose(incoming)) {
            request.response().putHeader(HttpHeaders.CONNECTION, "close");
          }
        });
    request.addEndHandler(
        answered -> {
          if (isUnderWay(incoming)) {
            incoming
                .end()
                .timeout(limits.linger().toMillis(), TimeUnit.MILLISECONDS)
                .eventually(() -> incoming.connection().close())
                .onFailure(late -> LOG.debug("{}: {}", incoming.path(), late.getMessage()));
          } else if (RequestRules.asksToClose(incoming)) {
            incoming.connection().close();
          }
        });
    request.next();
  }

  private static boolean isUnderWay(HttpServerRequest request) {
    return RequestRules.hasBody(request) && !request.isEnded();
  }

  private void limitBodyTime(RoutingContext request) {
    HttpServerRequest incoming = request.request();
    long timer =
        request
            .vertx()
            .setTimer(
                limits.body().toMillis(),
                late -> {
                  if (!incoming.isEnded() && !request.response().ended()) {
                    request.fail(
                        Problem.of(ProblemType.REQUEST_TIMEOUT, "body not complete in time"));
                  }
                });
    request.addEndHandler(done -> request.vertx().cancelTimer(timer));
    request.next();
  }

  private void answerFailure(RoutingContext request) {
    Problem problem = problem(request);
    Throwable failure = request.failure();
    if (failure == null || problem.type() != ProblemType.INTERNAL_ERROR) {
      answer(request, problem);
      return;
    }
    isTransient
        .apply(failure)
        .otherwise(false)
        .onSuccess(
            environment ->
                answer(
                    request,
                    environment ? EnvironmentProblem.of(failure, RETRY_AFTER_SECONDS) : problem));
  }

  private void answer(RoutingContext request, Problem problem) {
    if (request.response().ended() || request.response().headWritten()) {
      return;
    }
    if (problem.type() == ProblemType.INTERNAL_ERROR) {
      LOG.error(
          "{} {}, trace {}",
          request.request().method(),
          request.request().path(),
          traceId(request),
          request.failure());
    }
    String traceId = traceId(request);
    if (traceId.isEmpty()) {
      traceId = RequestSpans.refused(telemetry.tracer(), problem.type().status());
      request.response().putHeader(RequestSpans.TRACE_ID, traceId);
    }
    Integer retryAfter = problem.retryAfterSeconds();
    if (retryAfter != null) {
      request.response().putHeader(HttpHeaders.RETRY_AFTER, retryAfter.toString());
    }
    request
        .response()
        .setStatusCode(problem.type().status())
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/problem+json")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    Answers.end(request.request(), problem.toJson(path(request), traceId));
  }

  private static String path(RoutingContext request) {
    String path = request.request().path();
    return path == null ? "" : path;
  }

  private static Problem problem(RoutingContext request) {
    Throwable failure = request.failure();
    if (failure instanceof Problem problem) {
      return problem;
    }
    if (failure instanceof GroupCommit.OverloadedException
        || failure instanceof ConnectionPoolTooBusyException) {
      return Problem.retryLater(ProblemType.OVERLOADED, "more requests wait than can be served", 1);
    }
    if (failure != null && request.statusCode() == 200) {
      // So the body's handler says that what it reads broke off, or that its chunks are none.
      return Problem.of(ProblemType.INVALID_REQUEST, "the body could not be read");
    }
    // The router refuses with a status of its own; what a handler failed with comes as 500.
    boolean refusedByRouter =
        failure instanceof HttpException
            || (request.statusCode() >= 400 && request.statusCode() < 500);
    if (failure != null && !refusedByRouter) {
      return TransientFaults.isTransient(failure) || TransientFaults.isRefusedBySchema(failure)
          ? EnvironmentProblem.of(failure, RETRY_AFTER_SECONDS)
          : Problem.of(ProblemType.INTERNAL_ERROR, "see the log for the trace's id");
    }
    return switch (request.statusCode()) {
      case 404 -> Problem.of(ProblemType.NOT_FOUND, "no such resource");
      case 413 ->
          Problem.of(ProblemType.BODY_TOO_LARGE, "more than " + HttpLimits.BODY_BYTES + " bytes");
      case 414 -> Problem.of(ProblemType.URI_TOO_LONG, "the request line is too long");
      case 415 -> Problem.of(ProblemType.UNSUPPORTED_MEDIA_TYPE, "see the Content-Type header");
      case 500 -> Problem.of(ProblemType.INTERNAL_ERROR, "see the log for the trace's id");
      default -> Problem.of(ProblemType.INVALID_REQUEST, "the request is not acceptable HTTP");
    };
  }

  private void refuseInvalid(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    ProblemType type =
        cause instanceof TooLongHttpLineException
            ? ProblemType.URI_TOO_LONG
            : cause instanceof TooLongHttpHeaderException
                ? ProblemType.HEADERS_TOO_LARGE
                : cause instanceof StrictRequestDecoder.HeadTooSlowException
                    ? ProblemType.REQUEST_TIMEOUT
                    : ProblemType.INVALID_REQUEST;
    String traceId = RequestSpans.refused(telemetry.tracer(), type.status());
    request
        .response()
        .setStatusCode(type.status())
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/problem+json")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .putHeader(HttpHeaders.CONNECTION, "close")
        .putHeader(RequestSpans.TRACE_ID, traceId);
    Answers.end(request, Problem.of(type, "the request is not acceptable HTTP").toJson("", traceId))
        .eventually(() -> request.connection().close())
        .onFailure(left -> LOG.debug("client left before the answer: {}", left.getMessage()));
  }
}
