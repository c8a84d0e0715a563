package dev.converge.commitment.http;

import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.vertx.core.MultiMap;
import io.vertx.core.http.RequestOptions;
import org.jspecify.annotations.Nullable;

/** Passes a trace on in W3C's header {@code traceparent}. */
final class TraceHeaders {
  private static final String TRACEPARENT = "traceparent";

  private static final TextMapGetter<MultiMap> GETTER =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(MultiMap headers) {
          return headers.names();
        }

        @Override
        public @Nullable String get(@Nullable MultiMap headers, String name) {
          // tracestate is not read and not passed on.
          return headers == null || !name.equals(TRACEPARENT) ? null : headers.get(name);
        }
      };

  private TraceHeaders() {}

  /** The trace of a request. With several headers a new one begins, as W3C requires. */
  static Context read(MultiMap headers) {
    return headers.getAll(TRACEPARENT).size() == 1
        ? W3CTraceContextPropagator.getInstance().extract(Context.root(), headers, GETTER)
        : Context.root();
  }

  static void write(Context trace, RequestOptions request) {
    W3CTraceContextPropagator.getInstance()
        .inject(
            trace,
            request,
            (options, name, value) -> {
              if (options != null && name.equals(TRACEPARENT)) {
                options.putHeader(name, value);
              }
            });
  }
}
