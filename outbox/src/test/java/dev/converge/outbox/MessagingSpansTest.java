package dev.converge.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: a message has spans for any trace context and time, unless its sender is not sampled.
 * Method: the spans of an SDK.
 */
class MessagingSpansTest {
  private static final String SAMPLED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  private static final String LEFT_OUT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

  private final InMemorySpanExporter exported = InMemorySpanExporter.create();
  private final MessagingSpans spans =
      new MessagingSpans(
          SdkTracerProvider.builder()
              .addSpanProcessor(SimpleSpanProcessor.create(exported))
              .build()
              .get("test"));

  private static InboundMessage inbound(@Nullable String traceparent, @Nullable Instant time) {
    return new InboundMessage(
        new UUID(0, 1),
        "type",
        "key",
        "{}",
        null,
        null,
        time,
        traceparent,
        new InboundMessage.Source("topic", 0, 0));
  }

  private static OutboxMessage outbound(@Nullable String traceparent) {
    return new OutboxMessage(
        new UUID(0, 1),
        "topic",
        "key",
        1,
        new Payload("type", "{}"),
        new MessageOrigin(new UUID(0, 2), null, traceparent));
  }

  private InboundMessage process(@Nullable String traceparent, @Nullable Instant time) {
    MessagingSpans.Processing processing = spans.process(inbound(traceparent, time), "group");
    processing.succeeded();
    return processing.message();
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", "garbage", "00-trace", "ff-\u0000"})
  void startsATraceForAMessageWithoutAValidContext(@Nullable String traceparent) {
    InboundMessage message = process(traceparent, Instant.now().minusSeconds(1));

    List<SpanData> recorded = exported.getFinishedSpanItems();
    assertThat(recorded)
        .extracting(SpanData::getName)
        .containsExactly("deliver topic", "process topic");
    assertThat(recorded.get(0).getParentSpanId()).isEqualTo(SpanId.getInvalid());
    assertThat(recorded.get(1).getParentSpanId()).isEqualTo(recorded.get(0).getSpanId());
    assertThat(message.traceparent()).contains(recorded.get(1).getTraceId());
    exported.reset();

    String created = spans.created(outbound(traceparent));

    assertThat(exported.getFinishedSpanItems()).hasSize(1);
    assertThat(exported.getFinishedSpanItems().get(0).getParentSpanId())
        .isEqualTo(SpanId.getInvalid());
    assertThat(Traceparent.parse(created).orElseThrow().traceId())
        .isEqualTo(exported.getFinishedSpanItems().get(0).getTraceId());
  }

  @Test
  void continuesAValidContext() {
    InboundMessage message = process(SAMPLED, Instant.now().minusSeconds(1));

    assertThat(exported.getFinishedSpanItems())
        .hasSize(2)
        .allMatch(span -> span.getTraceId().equals("4bf92f3577b34da6a3ce929d0e0e4736"))
        .allMatch(span -> span.getParentSpanId().equals("00f067aa0ba902b7"));
    assertThat(spans.created(outbound(message.traceparent())))
        .startsWith("00-4bf92f3577b34da6a3ce929d0e0e4736-")
        .endsWith("-01");
  }

  @Test
  void recordsNothingForAnUnsampledTrace() {
    assertThat(process(LEFT_OUT, Instant.now().minusSeconds(1)).traceparent()).isEqualTo(LEFT_OUT);
    assertThat(spans.created(outbound(LEFT_OUT))).isEqualTo(LEFT_OUT);
    assertThat(exported.getFinishedSpanItems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"-999999999-01-01T00:00:00Z", "1677-01-01T00:00:00Z", "9999-01-01T00:00:00Z"})
  void recordsNoDeliveryForAnImplausibleTime(String time) {
    InboundMessage message = process(SAMPLED, OffsetDateTime.parse(time).toInstant());

    assertThat(message.traceparent()).startsWith("00-4bf92f3577b34da6a3ce929d0e0e4736-");
    assertThat(exported.getFinishedSpanItems())
        .extracting(SpanData::getName)
        .containsExactly("process topic");
  }
}
