package dev.converge.commitment.http;

import dev.converge.commitment.Traceparent;
import io.opentelemetry.context.Context;
import io.vertx.core.MultiMap;
import io.vertx.core.http.RequestOptions;
import java.util.List;

/** Passes a trace on in W3C's header {@code traceparent}. */
final class TraceHeaders {
  private static final String TRACEPARENT = "traceparent";

  private TraceHeaders() {}

  /** The trace of a request. With several headers a new one begins, as W3C requires. */
  static Context read(MultiMap headers) {
    List<String> texts = headers.getAll(TRACEPARENT);
    return texts.size() == 1 ? Traceparent.parse(texts.get(0)) : Context.root();
  }

  static void write(Context trace, RequestOptions request) {
    Traceparent.of(trace).ifPresent(text -> request.putHeader(TRACEPARENT, text));
  }
}
