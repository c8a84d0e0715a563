package dev.converge.outbox;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Spans of messages, named as the OpenTelemetry semantic conventions for messaging say.
 *
 * <p>A message's {@code create} span is the parent, and a link, of the span that processes it: one
 * order is one trace, and one span per message even where a batch shares a transaction.
 */
final class MessagingSpans {
  private static final String TRACEPARENT = "traceparent";
  private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("messaging.system");
  private static final AttributeKey<String> OPERATION_NAME =
      AttributeKey.stringKey("messaging.operation.name");
  private static final AttributeKey<String> OPERATION_TYPE =
      AttributeKey.stringKey("messaging.operation.type");
  private static final AttributeKey<String> DESTINATION =
      AttributeKey.stringKey("messaging.destination.name");
  private static final AttributeKey<String> PARTITION =
      AttributeKey.stringKey("messaging.destination.partition.id");
  private static final AttributeKey<String> GROUP =
      AttributeKey.stringKey("messaging.consumer.group.name");
  private static final AttributeKey<Long> OFFSET = AttributeKey.longKey("messaging.kafka.offset");
  private static final AttributeKey<String> KEY =
      AttributeKey.stringKey("messaging.kafka.message.key");
  private static final AttributeKey<String> MESSAGE_ID =
      AttributeKey.stringKey("messaging.message.id");
  private static final AttributeKey<String> CONVERSATION =
      AttributeKey.stringKey("messaging.message.conversation_id");
  private static final AttributeKey<String> MESSAGE_TYPE =
      AttributeKey.stringKey("cloudevents.event_type");

  private static final TextMapGetter<Map<String, String>> GETTER =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Map<String, String> carrier) {
          return carrier.keySet();
        }

        @Override
        public @Nullable String get(@Nullable Map<String, String> carrier, String key) {
          return carrier == null ? null : carrier.get(key);
        }
      };

  private final Tracer tracer;

  MessagingSpans(Tracer tracer) {
    this.tracer = tracer;
  }

  /** Records that a message was made, and returns the context it travels with. */
  @Nullable String created(OutboxMessage message) {
    if (message.traceparent() == null) {
      return null;
    }
    Context sender = context(message.traceparent());
    if (!Span.fromContext(sender).getSpanContext().isSampled()) {
      return message.traceparent();
    }
    Span span =
        builder("create", message.topic(), SpanKind.PRODUCER, sender)
            .setAttribute(OPERATION_TYPE, "create")
            .setAttribute(MESSAGE_ID, message.id().toString())
            .setAttribute(MESSAGE_TYPE, message.type())
            .setAttribute(KEY, message.aggregateId())
            .setAttribute(CONVERSATION, message.correlationId().toString())
            .startSpan();
    span.end();
    return OutboxMessage.traceparent(span);
  }

  /**
   * Starts the processing of a message. Before it stands a span for the way the message came: from
   * its append, which is the sender's transaction, over Debezium and Kafka to this poll.
   */
  Processing process(InboundMessage message, String group) {
    Context sender = context(message.traceparent());
    if (message.traceparent() != null && !Span.fromContext(sender).getSpanContext().isSampled()) {
      return new Processing(message, Span.getInvalid());
    }
    Instant appended = message.time();
    if (appended != null && appended.isBefore(Instant.now())) {
      Span delivery =
          builder("deliver", message.source().topic(), SpanKind.INTERNAL, sender)
              .setAttribute(MESSAGE_ID, message.id().toString())
              .setStartTimestamp(appended)
              .startSpan();
      delivery.end();
    }
    SpanBuilder builder =
        builder("process", message.source().topic(), SpanKind.CONSUMER, sender)
            .setAttribute(OPERATION_TYPE, "process")
            .setAttribute(GROUP, group)
            .setAttribute(PARTITION, Integer.toString(message.source().partition()))
            .setAttribute(OFFSET, message.source().offset())
            .setAttribute(KEY, message.aggregateId())
            .setAttribute(MESSAGE_ID, message.id().toString())
            .setAttribute(MESSAGE_TYPE, message.type())
            .addLink(Span.fromContext(sender).getSpanContext());
    if (message.correlationId() != null) {
      builder.setAttribute(CONVERSATION, message.correlationId().toString());
    }
    Span span = builder.startSpan();
    return new Processing(message.withTraceparent(OutboxMessage.traceparent(span)), span);
  }

  /** A message and the span in which it is processed. */
  record Processing(InboundMessage message, Span span) {
    void succeeded() {
      span.end();
    }

    void failed(Throwable cause) {
      span.setStatus(StatusCode.ERROR, String.valueOf(cause.getMessage()));
      span.setAttribute("error.type", cause.getClass().getName());
      span.end();
    }
  }

  private SpanBuilder builder(String operation, String topic, SpanKind kind, Context parent) {
    return tracer
        .spanBuilder(operation + " " + topic)
        .setParent(parent)
        .setSpanKind(kind)
        .setAttribute(SYSTEM, "kafka")
        .setAttribute(OPERATION_NAME, operation)
        .setAttribute(DESTINATION, topic);
  }

  private static Context context(@Nullable String traceparent) {
    return traceparent == null
        ? Context.root()
        : W3CTraceContextPropagator.getInstance()
            .extract(Context.root(), Map.of(TRACEPARENT, traceparent), GETTER);
  }
}
