package dev.converge.service.http;

import dev.converge.outbox.Traceparent;
import dev.converge.service.runtime.Telemetry;
import io.micrometer.core.instrument.Timer;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One server span and one duration per request, named by OpenTelemetry's HTTP conventions. */
public final class RequestSpans implements Handler<RoutingContext> {
  private static final String SPAN = "converge.span";
  static final String TRACE_ID = "X-Trace-Id";

  /** The upper limits of the buckets. Objectives have one of them as their limit. */
  private static final Duration[] LIMITS =
      Stream.of(5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)
          .map(Duration::ofMillis)
          .toArray(Duration[]::new);

  private record Kind(String method, String route, int status) {}

  private final RouteTable routes;
  private final Tracer tracer;
  private final Telemetry telemetry;
  private final Map<Kind, Timer> timers = new ConcurrentHashMap<>();

  RequestSpans(RouteTable routes, Telemetry telemetry) {
    this.routes = routes;
    this.tracer = telemetry.tracer();
    this.telemetry = telemetry;
  }

  @Override
  public void handle(RoutingContext routing) {
    HttpServerRequest request = routing.request();
    String method = method(request);
    Span span =
        tracer
            .spanBuilder(method)
            .setParent(caller(request))
            .setSpanKind(SpanKind.SERVER)
            .setAttribute("http.request.method", method)
            .setAttribute("url.path", String.valueOf(request.path()))
            .setAttribute("url.scheme", String.valueOf(request.scheme()))
            .startSpan();
    Timer.Sample started = Timer.start(telemetry.meters());
    routing.put(SPAN, span);
    routing.response().putHeader(TRACE_ID, span.getSpanContext().getTraceId());
    routing.addEndHandler(ended -> end(routing, span, started));
    routing.next();
  }

  // With several traceparents a new trace begins, as W3C Trace Context requires.
  private static Context caller(HttpServerRequest request) {
    List<String> given = request.headers().getAll("traceparent");
    return given.size() == 1
        ? Traceparent.parse(given.get(0))
            .map(parsed -> Context.root().with(Span.wrap(parsed.context())))
            .orElseGet(Context::root)
        : Context.root();
  }

  // Each name creates a permanent meter, so clients must not be able to choose names.
  private static String method(HttpServerRequest request) {
    String name = request.method().name();
    return RequestRules.METHODS.contains(name) ? name : "_OTHER";
  }

  /** Writes a span for a request that was refused before its routing, and returns its trace id. */
  static String refused(Tracer tracer, int status) {
    Span span =
        tracer
            .spanBuilder("HTTP")
            .setNoParent()
            .setSpanKind(SpanKind.SERVER)
            .setAttribute("http.response.status_code", (long) status)
            .startSpan();
    span.end();
    return span.getSpanContext().getTraceId();
  }

  /** The W3C traceparent that the effects of a request continue, or null where it has no span. */
  public static @Nullable String traceparent(RoutingContext request) {
    Span span = request.get(SPAN);
    return span == null ? null : Traceparent.of(span).map(Traceparent::toString).orElse(null);
  }

  /** Adds an attribute to the span of a request. */
  public static void setAttribute(RoutingContext request, String name, String value) {
    Span span = request.get(SPAN);
    if (span != null) {
      Span unused = span.setAttribute(name, value);
    }
  }

  /** The trace's id of a request, or an empty string where the request has no span. */
  static String traceId(RoutingContext request) {
    Span span = request.get(SPAN);
    return span == null ? "" : span.getSpanContext().getTraceId();
  }

  private void end(RoutingContext routing, Span span, Timer.Sample started) {
    int status = routing.response().getStatusCode();
    String method = method(routing.request());
    RouteTable.Match match = routes.match(routing);
    String route = match.template();
    span.setAttribute("http.response.status_code", (long) status);
    if (!match.isNone()) {
      span.updateName(method + " " + route);
      span.setAttribute("http.route", route);
    }
    if (status >= 500) {
      span.setStatus(StatusCode.ERROR);
      span.setAttribute("error.type", Integer.toString(status));
    }
    span.end();
    Timer timer = timers.computeIfAbsent(new Kind(method, route, status), this::timer);
    telemetry.measure(span.getSpanContext(), () -> started.stop(timer));
  }

  private Timer timer(Kind kind) {
    return Timer.builder("http.server.request.duration")
        .tags("method", kind.method(), "route", kind.route())
        .tags("status", Integer.toString(kind.status()))
        .serviceLevelObjectives(LIMITS)
        .register(telemetry.meters());
  }
}
