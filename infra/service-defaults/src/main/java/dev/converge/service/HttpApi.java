package dev.converge.service;

import dev.converge.outbox.TransientFaults;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.opentelemetry.api.trace.Span;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
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
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service's HTTP server with what every API here has: limits, problems, spans, health, metrics,
 * its OpenAPI document.
 */
public final class HttpApi extends VerticleBase {
  static final int MAX_BODY_BYTES = 65_536;
  private static final int MAX_PAGE = 100;
  private static final int DEFAULT_PAGE = 20;
  private static final int MAX_HEADER_BYTES = 8_192;
  private static final int MAX_REQUEST_LINE_BYTES = 4_096;
  private static final int IDLE_SECONDS = 30;
  private static final long BODY_WITHIN_MS = 10_000;
  private static final long DRAIN_SECONDS = 10;
  private static final Integer RETRY_AFTER_SECONDS = 2;
  private static final List<String> METHODS =
      List.of("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT");
  private static final Logger LOG = LoggerFactory.getLogger(HttpApi.class);

  private final String host;
  private final int port;
  private final Telemetry telemetry;
  private final String openApiResource;
  private final Supplier<Future<Void>> ready;
  private final Consumer<Router> routes;
  private @Nullable HttpServer server;
  private boolean draining;

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
    this.host = host;
    this.port = port;
    this.telemetry = telemetry;
    this.openApiResource = openApiResource;
    this.ready = ready;
    this.routes = routes;
  }

  @Override
  public Future<?> start() {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(host)
            .setPort(port)
            .setIdleTimeout(IDLE_SECONDS)
            .setIdleTimeoutUnit(TimeUnit.SECONDS)
            .setMaxHeaderSize(MAX_HEADER_BYTES)
            .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
            .setHttp2ClearTextEnabled(false)
            .setTracingPolicy(TracingPolicy.IGNORE);
    HttpServer created =
        vertx
            .createHttpServer(options)
            .connectionHandler(connection -> StrictRequestDecoder.install(connection, options))
            .requestHandler(router(vertx))
            .invalidRequestHandler(HttpApi::refuseInvalid);
    server = created;
    return created.listen();
  }

  /** Stops accepting, lets what runs end, then closes. */
  @Override
  public Future<?> stop() {
    draining = true;
    return server == null
        ? Future.succeededFuture()
        : server.shutdown(DRAIN_SECONDS, TimeUnit.SECONDS);
  }

  private Router router(Vertx vertx) {
    Router router = Router.router(vertx);
    // Before all: a query that cannot be decoded is refused wherever it comes.
    router.route().handler(HttpApi::refuseMalformed);
    router.get("/livez").handler(request -> answer(request, 200, "{\"status\":\"UP\"}"));
    router.get("/readyz").handler(this::answerReady);
    router.get("/metrics").handler(this::answerMetrics);
    String openApi = resource(openApiResource);
    router.get("/openapi.json").handler(request -> answer(request, 200, openApi));
    router.get("/problems/:slug").handler(HttpApi::answerProblemPage);
    RouteTable table = new RouteTable(router);
    router.route().handler(new RequestSpans(table, telemetry));
    router.route().handler(HttpApi::refuseUnknownMethod);
    QueryParameters parameters = new QueryParameters(new JsonObject(openApi));
    router.route().handler(request -> refuseUndocumented(table, parameters, request));
    router.route().handler(HttpApi::refuseForm);
    router.route().handler(HttpApi::limitBodyTime);
    router.route().handler(BodyHandler.create(false).setBodyLimit(MAX_BODY_BYTES));
    routes.accept(router);
    router.route().failureHandler(HttpApi::answerFailure);
    for (int status : List.of(400, 413, 414, 415, 417, 500)) {
      router.errorHandler(status, HttpApi::answerFailure);
    }
    // A router that goes on past the routes of a path forgets that their methods did not match.
    router.errorHandler(404, request -> answerNoRoute(table, request));
    router.errorHandler(405, request -> answerNoRoute(table, request));
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
      Future<Void> sent =
          request
              .response()
              .setStatusCode(status)
              .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
              .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
              .end(json);
      sent.onFailure(cause -> LOG.debug("client left before the answer: {}", cause.getMessage()));
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
    return span == null ? null : RequestSpans.traceparent(span);
  }

  private void answerReady(RoutingContext request) {
    if (draining) {
      answerDown(request, "shutting down");
      return;
    }
    DatabaseConfig.inTime(ready.get())
        .onSuccess(up -> answer(request, 200, "{\"status\":\"UP\"}"))
        .onFailure(
            cause -> {
              String reason =
                  cause instanceof TimeoutException ? "does not answer" : cause.getMessage();
              answerDown(request, "database: " + reason);
            });
  }

  private static void answerDown(RoutingContext request, String reason) {
    request.response().putHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS.toString());
    JsonObject down = new JsonObject().put("status", "DOWN").put("reason", reason);
    answer(request, 503, down.encode());
  }

  private void answerMetrics(RoutingContext request) {
    PrometheusMeterRegistry meters = telemetry.meters();
    request
        .response()
        .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")
        .end(meters.scrape())
        .onFailure(cause -> LOG.debug("client left before the metrics: {}", cause.getMessage()));
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

  private static void refuseMalformed(RoutingContext request) {
    if (request.request().headers().getAll(HttpHeaders.HOST).size() > 1) {
      request.fail(Problem.of(ProblemType.INVALID_REQUEST, "more than one Host"));
    } else if (!isDecodable(request)) {
      request.fail(Problem.of(ProblemType.INVALID_REQUEST, "the query is not percent-encoded"));
    } else {
      request.next();
    }
  }

  private static boolean isDecodable(RoutingContext request) {
    try {
      return request.request().query() == null || request.queryParams() != null;
    } catch (HttpException malformed) {
      // The answer to the question.
      return false;
    }
  }

  private static void refuseUndocumented(
      RouteTable table, QueryParameters parameters, RoutingContext request) {
    String method = request.request().method().name();
    String route = table.template(method, request.normalizedPath());
    if (route.isEmpty()) {
      request.next();
      return;
    }
    if (!AcceptHeader.admitsJson(request.request().headers().getAll(HttpHeaders.ACCEPT))) {
      request.fail(Problem.of(ProblemType.NOT_ACCEPTABLE, "answers are application/json"));
      return;
    }
    String operation = method + " " + route;
    List<Problem.Fault> unknown =
        request.request().query() == null
            ? List.of()
            : request.queryParams().names().stream()
                .filter(name -> !parameters.takes(operation, name))
                .map(name -> new Problem.Fault(name, "is no parameter of " + operation))
                .toList();
    if (unknown.isEmpty()) {
      request.next();
    } else {
      request.fail(Problem.of(ProblemType.INVALID_PARAMETER, unknown));
    }
  }

  /** Before the body is read: the body's handler would take a form apart. */
  private static void refuseForm(RoutingContext request) {
    String type = request.request().getHeader(HttpHeaders.CONTENT_TYPE);
    String lower = type == null ? "" : type.strip().toLowerCase(Locale.ROOT);
    boolean form =
        lower.startsWith("application/x-www-form-urlencoded")
            || lower.startsWith("multipart/form-data");
    if (form && hasBody(request.request())) {
      request.fail(JsonBody.unsupportedType(String.valueOf(type)));
    } else {
      request.next();
    }
  }

  private static boolean hasBody(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    return request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
        || (length != null && !length.equals("0"));
  }

  private static void refuseUnknownMethod(RoutingContext request) {
    if (METHODS.contains(request.request().method().name())) {
      request.next();
    } else {
      request.fail(Problem.of(ProblemType.METHOD_UNKNOWN, request.request().method().name()));
    }
  }

  private static void limitBodyTime(RoutingContext request) {
    HttpServerRequest incoming = request.request();
    long timer =
        request
            .vertx()
            .setTimer(
                BODY_WITHIN_MS,
                late -> {
                  if (!incoming.isEnded() && !request.response().ended()) {
                    request.fail(
                        Problem.of(
                            ProblemType.REQUEST_TIMEOUT, "body not complete after 10 seconds"));
                  }
                });
    request.addEndHandler(done -> request.vertx().cancelTimer(timer));
    request.next();
  }

  private static void answerNoRoute(RouteTable table, RoutingContext request) {
    String allowed = table.allowed(request.normalizedPath());
    // A failure of our own that answers 404 has found its route.
    if (!allowed.isEmpty() && request.failure() == null) {
      request.response().putHeader(HttpHeaders.ALLOW, allowed);
      answer(request, Problem.of(ProblemType.METHOD_NOT_ALLOWED, "allowed: " + allowed));
    } else {
      answerFailure(request);
    }
  }

  private static void answerFailure(RoutingContext request) {
    answer(request, problem(request));
  }

  private static void answer(RoutingContext request, Problem problem) {
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
    // What is left of its body is not worth the wait.
    if (hasBody(request.request()) && !request.request().isEnded()) {
      request.response().putHeader(HttpHeaders.CONNECTION, "close");
    }
    Integer retryAfter = problem.retryAfterSeconds();
    if (retryAfter != null) {
      request.response().putHeader(HttpHeaders.RETRY_AFTER, retryAfter.toString());
    }
    request
        .response()
        .setStatusCode(problem.type().status())
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/problem+json")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .end(problem.toJson(String.valueOf(request.request().path()), traceId(request)))
        .onFailure(cause -> LOG.debug("client left before the answer: {}", cause.getMessage()));
  }

  private static Problem problem(RoutingContext request) {
    Throwable failure = request.failure();
    if (failure instanceof Problem problem) {
      return problem;
    }
    if (failure instanceof GroupCommit.OverloadedException) {
      return Problem.retryLater(ProblemType.OVERLOADED, "more requests wait than can be served", 1);
    }
    // The router refuses with a status of its own; what a handler failed with comes as 500.
    boolean refusedByRouter =
        failure instanceof HttpException
            || (request.statusCode() >= 400 && request.statusCode() < 500);
    if (failure != null && !refusedByRouter) {
      return TransientFaults.isTransient(failure)
          ? Problem.retryLater(
              ProblemType.UNAVAILABLE, "the database is not available", RETRY_AFTER_SECONDS)
          : Problem.of(ProblemType.INTERNAL_ERROR, "see the log for the trace's id");
    }
    return switch (request.statusCode()) {
      case 404 -> Problem.of(ProblemType.NOT_FOUND, "no such resource");
      case 413 -> Problem.of(ProblemType.BODY_TOO_LARGE, "more than " + MAX_BODY_BYTES + " bytes");
      case 414 -> Problem.of(ProblemType.URI_TOO_LONG, "the request line is too long");
      case 415 -> Problem.of(ProblemType.UNSUPPORTED_MEDIA_TYPE, "see the Content-Type header");
      case 500 -> Problem.of(ProblemType.INTERNAL_ERROR, "see the log for the trace's id");
      default -> Problem.of(ProblemType.INVALID_REQUEST, "the request is not acceptable HTTP");
    };
  }

  private static void refuseInvalid(HttpServerRequest request) {
    String cause = String.valueOf(request.decoderResult().cause());
    ProblemType type =
        cause.contains("TooLongHttpLine")
            ? ProblemType.URI_TOO_LONG
            : cause.contains("TooLongHttpHeader")
                ? ProblemType.HEADERS_TOO_LARGE
                : ProblemType.INVALID_REQUEST;
    request
        .response()
        .setStatusCode(type.status())
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/problem+json")
        .putHeader(HttpHeaders.CONNECTION, "close")
        .end(Problem.of(type, "the request is not acceptable HTTP").toJson("", ""))
        .eventually(() -> request.connection().close())
        .onFailure(left -> LOG.debug("client left before the answer: {}", left.getMessage()));
  }
}
