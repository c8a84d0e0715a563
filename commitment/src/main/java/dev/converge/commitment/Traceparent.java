package dev.converge.commitment;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A trace as the text {@code traceparent} of W3C Trace Context, in a header or beside a decision.
 * {@code tracestate} is not read and not passed on.
 */
public final class Traceparent {
  private static final String NAME = "traceparent";

  private static final TextMapGetter<String> GETTER =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(String text) {
          return List.of(NAME);
        }

        @Override
        public @Nullable String get(@Nullable String text, String name) {
          return name.equals(NAME) ? text : null;
        }
      };

  private Traceparent() {}

  /** The trace that a text names; the root if the text is absent or not valid. */
  public static Context parse(@Nullable String text) {
    return text == null
        ? Context.root()
        : W3CTraceContextPropagator.getInstance().extract(Context.root(), text, GETTER);
  }

  /** The text of a trace's span; empty if there is none. */
  public static Optional<String> of(Context trace) {
    if (!Span.fromContext(trace).getSpanContext().isValid()) {
      return Optional.empty();
    }
    Map<String, String> fields = new HashMap<>();
    W3CTraceContextPropagator.getInstance()
        .inject(
            trace,
            fields,
            (into, name, value) -> {
              if (into != null) {
                into.put(name, value);
              }
            });
    return Optional.ofNullable(fields.get(NAME));
  }
}
