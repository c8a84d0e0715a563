package dev.converge.outbox;

import io.opentelemetry.api.trace.SpanContext;

/**
 * Makes a measurement with a span as its exemplar, for registries that keep some: Prometheus' asks
 * for the span on the thread that measures.
 */
@FunctionalInterface
public interface Exemplars {
  /** Measurements without exemplars. */
  Exemplars NONE = (span, measurement) -> measurement.run();

  /**
   * Makes the measurement, on this thread and before it returns.
   *
   * @param span of what is measured; may be invalid
   */
  void measure(SpanContext span, Runnable measurement);
}
