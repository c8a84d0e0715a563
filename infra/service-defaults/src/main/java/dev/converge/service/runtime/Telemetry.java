package dev.converge.service.runtime;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A service's own tracer and meters, never the global ones. Spans are exported in the background
 * and dropped when their receiver is slow or unavailable: telemetry delays no order.
 */
public final class Telemetry {
  private final OpenTelemetrySdk sdk;
  private final ExemplarSpans exemplars = new ExemplarSpans();
  private final PrometheusMeterRegistry meters;

  private Telemetry(OpenTelemetrySdk sdk, String service) {
    this.sdk = sdk;
    this.meters = meters(service, exemplars);
  }

  /**
   * Configures from the standard OTEL_ variables. Without an exporter or endpoint there, no span is
   * exported.
   */
  public static Telemetry start(String service, Map<String, String> environment) {
    Map<String, String> defaults = new HashMap<>();
    defaults.put("otel.service.name", service);
    defaults.put("otel.metrics.exporter", "none");
    defaults.put("otel.logs.exporter", "none");
    defaults.put("otel.propagators", "tracecontext,baggage");
    defaults.put("otel.exporter.otlp.protocol", "http/protobuf");
    defaults.put("otel.bsp.schedule.delay", "1000");
    boolean exported =
        environment.containsKey("OTEL_EXPORTER_OTLP_ENDPOINT")
            || environment.containsKey("OTEL_TRACES_EXPORTER");
    if (!exported) {
      defaults.put("otel.traces.exporter", "none");
    }
    OpenTelemetrySdk sdk =
        AutoConfiguredOpenTelemetrySdk.builder()
            .addPropertiesSupplier(() -> defaults)
            .disableShutdownHook()
            .build()
            .getOpenTelemetrySdk();
    return new Telemetry(sdk, service);
  }

  private static PrometheusMeterRegistry meters(String service, ExemplarSpans exemplars) {
    PrometheusMeterRegistry meters =
        new PrometheusMeterRegistry(
            PrometheusConfig.DEFAULT, new PrometheusRegistry(), Clock.SYSTEM, exemplars);
    meters.config().commonTags("service", service);
    new JvmMemoryMetrics().bindTo(meters);
    new JvmThreadMetrics().bindTo(meters);
    new ProcessorMetrics().bindTo(meters);
    JvmGcMetrics garbage = new JvmGcMetrics();
    garbage.bindTo(meters);
    return meters;
  }

  public Tracer tracer() {
    return sdk.getTracer("dev.converge");
  }

  public PrometheusMeterRegistry meters() {
    return meters;
  }

  /**
   * Makes a measurement whose exemplar is a span, if that is sampled: in OpenMetrics, the bucket of
   * the measurement then names its trace.
   */
  public void measure(SpanContext span, Runnable measurement) {
    exemplars.around(span, measurement);
  }

  /** Exports the remaining spans and stops, within five seconds. */
  public void stop() {
    sdk.getSdkTracerProvider().shutdown().join(5, TimeUnit.SECONDS);
    meters.close();
  }
}
