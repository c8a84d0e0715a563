package dev.converge.service.runtime;

import io.opentelemetry.api.trace.SpanContext;
import org.jspecify.annotations.Nullable;

/**
 * The span of the measurement that is being made, which becomes its exemplar. The meters ask for it
 * on the thread that measures, so it is kept there, and only for the measurement.
 */
final class ExemplarSpans implements io.prometheus.metrics.tracer.common.SpanContext {
  private final ThreadLocal<SpanContext> measured =
      ThreadLocal.withInitial(SpanContext::getInvalid);

  /** Makes a measurement of a span. */
  void around(SpanContext span, Runnable measurement) {
    measured.set(span);
    try {
      measurement.run();
    } finally {
      measured.remove();
    }
  }

  @Override
  public @Nullable String getCurrentTraceId() {
    SpanContext span = measured.get();
    return span.isValid() ? span.getTraceId() : null;
  }

  @Override
  public @Nullable String getCurrentSpanId() {
    SpanContext span = measured.get();
    return span.isValid() ? span.getSpanId() : null;
  }

  @Override
  public boolean isCurrentSpanSampled() {
    return measured.get().isSampled();
  }

  @Override
  public void markCurrentSpanAsExemplar() {
    // A span that is sampled is exported in any case.
  }
}
