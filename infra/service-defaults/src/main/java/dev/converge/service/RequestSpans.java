package dev.converge.service;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One server span and one duration per request, named by OpenTelemetry's HTTP conventions. */
final class RequestSpans implements Handler<RoutingContext> {
  static final String SPAN = "converge.span";

  private static final TextMapGetter<MultiMap> HEADERS =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(MultiMap carrier) {
          return carrier.names();
        }

        @Override
        public @Nullable String get(@Nullable MultiMap carrier, String key) {
          return carrier == null ? null : carrier.get(key);
        }
      };

  private final Router router;
  private final Tracer tracer;
  private final MeterRegistry meters;

  RequestSpans(Router router, Telemetry telemetry) {
    this.router = router;
    this.tracer = telemetry.tracer();
    this.meters = telemetry.meters();
  }

  @Override
  public void handle(RoutingContext routing) {
    HttpServerRequest request = routing.request();
    Context caller =
        W3CTraceContextPropagator.getInstance().extract(Context.root(), request.headers(), HEADERS);
    Span span =
        tracer
            .spanBuilder(request.method().name())
            .setParent(caller)
            .setSpanKind(SpanKind.SERVER)
            .setAttribute("http.request.method", request.method().name())
            .setAttribute("url.path", String.valueOf(request.path()))
            .setAttribute("url.scheme", String.valueOf(request.scheme()))
            .startSpan();
    Timer.Sample started = Timer.start(meters);
    routing.put(SPAN, span);
    routing.response().putHeader("X-Trace-Id", span.getSpanContext().getTraceId());
    routing.addEndHandler(ended -> end(routing, span, started));
    routing.next();
  }

  private void end(RoutingContext routing, Span span, Timer.Sample started) {
    int status = routing.response().getStatusCode();
    String method = routing.request().method().name();
    String route = route(routing);
    span.setAttribute("http.response.status_code", (long) status);
    if (!route.isEmpty()) {
      span.updateName(method + " " + route);
      span.setAttribute("http.route", route);
    }
    if (status >= 500) {
      span.setStatus(StatusCode.ERROR);
      span.setAttribute("error.type", Integer.toString(status));
    }
    span.end();
    started.stop(
        Timer.builder("http.server.request.duration")
            .tags("method", method, "route", route, "status", Integer.toString(status))
            .publishPercentileHistogram(false)
            .register(meters));
  }

  // Asked of the router's table: after a failure the current route is the one that answers
  // failures.
  private String route(RoutingContext routing) {
    return router.getRoutes().stream()
        .filter(route -> HttpApi.matches(route, routing))
        .filter(route -> route.methods().contains(routing.request().method()))
        .map(route -> route.getPath().replaceAll(":(\\w+)", "{$1}"))
        .findFirst()
        .orElse("");
  }

  static @Nullable String traceparent(Span span) {
    Map<String, String> carrier = new HashMap<>();
    W3CTraceContextPropagator.getInstance()
        .inject(
            Context.root().with(span),
            carrier,
            (map, key, value) -> {
              if (map != null) {
                map.put(key, value);
              }
            });
    return carrier.get("traceparent");
  }
}
