package dev.converge.service.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import org.junit.jupiter.api.Test;

/** Goal: each span of the tracer has its attribute, beside those of its builder. */
class AttributeTracerTest {
  @Test
  void spanHasTheAttribute() {
    try (SdkTracerProvider provider = SdkTracerProvider.builder().build()) {
      AttributeTracer tracer =
          new AttributeTracer(provider.get("test"), "converge.protocol", "saga");

      ReadableSpan span =
          (ReadableSpan) tracer.spanBuilder("create").setAttribute("more", "kept").startSpan();

      assertThat(span.getName()).isEqualTo("create");
      assertThat(span.getAttribute(AttributeKey.stringKey("converge.protocol"))).isEqualTo("saga");
      assertThat(span.getAttribute(AttributeKey.stringKey("more"))).isEqualTo("kept");
    }
  }
}
