package dev.converge.service;

import dev.converge.outbox.OutboxMessage;
import dev.converge.outbox.TransientFaults;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
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
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
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
  private static final int MAX_PAGE = 100;
  private static final int DEFAULT_PAGE = 20;
  private static final Integer RETRY_AFTER_SECONDS = 2;
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
  private final AtomicInteger connections = new AtomicInteger();

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
    HttpServer created =
        vertx
            .createHttpServer(options)
            .connectionHandler(connection -> admit(connection, options))
            .requestHandler(router(vertx))
            .invalidRequestHandler(this::refuseInvalid);
    server = created;
    Gauge.builder("http.server.connections", connections, AtomicInteger::get)
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
    int open = connections.incrementAndGet();
    connection.closeHandler(closed -> connections.decrementAndGet());
    if (open <= limits.connections()) {
      StrictRequestDecoder.install(connection, options, limits.head());
      return;
    }
    ProblemType type = ProblemType.OVERLOADED;
    String traceId = RequestSpans.refused(telemetry.tracer(), type.status());
    String problem = Problem.of(type, "too many connections").toJson("", traceId);
    StrictRequestDecoder.turnAway(
        connection,
        String.join(
            "\r\n",
            "HTTP/1.1 503 Service Unavailable",
            "content-type: application/problem+json",
            "content-length: " + problem.getBytes(StandardCharsets.UTF_8).length,
            "retry-after: " + RETRY_AFTER_SECONDS,
            "connection: close",
            RequestSpans.TRACE_ID + ": " + traceId,
            "",
            problem));
  }

  private Router router(Vertx vertx) {
    Router router = Router.router(vertx);
    router.route().handler(this::endConnectionInTime);
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
    router.route().handler(this::limitBodyTime);
    router.route().handler(BodyHandler.create(false).setBodyLimit(HttpLimits.BODY_BYTES));
    routes.accept(router);
    router.route().failureHandler(this::answerFailure);
    for (int status : List.of(400, 413, 414, 415, 417, 500)) {
      router.errorHandler(status, this::answerFailure);
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
    return span == null ? null : OutboxMessage.traceparent(span);
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
    if (isThereTwice(request, HttpHeaders.HOST)) {
      request.fail(Problem.of(ProblemType.INVALID_REQUEST, "more than one Host"));
    } else if (isThereTwice(request, HttpHeaders.CONTENT_TYPE)) {
      request.fail(Problem.of(ProblemType.INVALID_REQUEST, "more than one Content-Type"));
    } else if (!isDecodable(request)) {
      request.fail(Problem.of(ProblemType.INVALID_REQUEST, "the query is not percent-encoded"));
    } else {
      request.next();
    }
  }

  private static boolean isThereTwice(RoutingContext request, CharSequence header) {
    return request.request().headers().getAll(header).size() > 1;
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
    List<Problem.Fault> faults = faults(request, operation, parameters);
    if (faults.isEmpty()) {
      request.next();
    } else {
      request.fail(Problem.of(ProblemType.INVALID_PARAMETER, faults));
    }
  }

  private static List<Problem.Fault> faults(
      RoutingContext request, String operation, QueryParameters parameters) {
    List<Problem.Fault> faults = new ArrayList<>();
    if (request.request().query() != null) {
      for (String name : request.queryParams().names()) {
        if (!parameters.takes(operation, name)) {
          faults.add(new Problem.Fault(name, "is no parameter of " + operation));
        } else if (request.queryParams().getAll(name).size() > 1) {
          faults.add(new Problem.Fault(name, "is there more than once"));
        }
      }
    }
    return faults;
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

  /**
   * Ends the connection after an answer that came before its request had: what is left of a body is
   * not worth the wait. So does a server that stops, to have its clients go elsewhere.
   */
  private void endConnectionInTime(RoutingContext request) {
    HttpServerRequest incoming = request.request();
    request.addHeadersEndHandler(
        head -> {
          if (draining || isUnderWay(incoming)) {
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
          }
        });
    request.next();
  }

  private static boolean isUnderWay(HttpServerRequest request) {
    return hasBody(request) && !request.isEnded();
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

  private void answerNoRoute(RouteTable table, RoutingContext request) {
    String allowed = table.allowed(request.normalizedPath());
    // A failure of our own that answers 404 has found its route.
    if (!allowed.isEmpty() && request.failure() == null) {
      request.response().putHeader(HttpHeaders.ALLOW, allowed);
      answer(request, Problem.of(ProblemType.METHOD_NOT_ALLOWED, "allowed: " + allowed));
    } else {
      answerFailure(request);
    }
  }

  private void answerFailure(RoutingContext request) {
    answer(request, problem(request));
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
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .end(problem.toJson(path(request), traceId))
        .onFailure(cause -> LOG.debug("client left before the answer: {}", cause.getMessage()));
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
      return TransientFaults.isTransient(failure)
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
        .putHeader(RequestSpans.TRACE_ID, traceId)
        .end(Problem.of(type, "the request is not acceptable HTTP").toJson("", traceId))
        .eventually(() -> request.connection().close())
        .onFailure(left -> LOG.debug("client left before the answer: {}", left.getMessage()));
  }
}
