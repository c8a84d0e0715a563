package dev.converge.commitment;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerProvider;

/** The tracer and the meters of a service. */
public record Instruments(Tracer tracer, MeterRegistry meters) {
  /** Instruments that nothing reads. */
  public static Instruments none() {
    return new Instruments(TracerProvider.noop().get("none"), new SimpleMeterRegistry());
  }
}
