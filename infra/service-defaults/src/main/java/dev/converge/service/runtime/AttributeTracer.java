package dev.converge.service.runtime;

import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.Tracer;

/** Adds an attribute to each span, for a library that does not know it. */
public final class AttributeTracer implements Tracer {
  private final Tracer tracer;
  private final String name;
  private final String value;

  /**
   * @param name of the attribute
   */
  public AttributeTracer(Tracer tracer, String name, String value) {
    this.tracer = tracer;
    this.name = name;
    this.value = value;
  }

  @Override
  public SpanBuilder spanBuilder(String spanName) {
    return tracer.spanBuilder(spanName).setAttribute(name, value);
  }
}
