package dev.converge.service.runtime;

import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A service's own tracer and meters, never the global ones. Spans are exported in the background
 * and dropped when their receiver is slow or unavailable: telemetry delays no order.
 */
public final class Telemetry {
  private final OpenTelemetrySdk sdk;
  private final PrometheusMeterRegistry meters;

  private Telemetry(OpenTelemetrySdk sdk, PrometheusMeterRegistry meters) {
    this.sdk = sdk;
    this.meters = meters;
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
    return new Telemetry(sdk, meters(service));
  }

  private static PrometheusMeterRegistry meters(String service) {
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
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

  /** Exports the remaining spans and stops, within five seconds. */
  public void stop() {
    sdk.getSdkTracerProvider().shutdown().join(5, TimeUnit.SECONDS);
    meters.close();
  }
}
