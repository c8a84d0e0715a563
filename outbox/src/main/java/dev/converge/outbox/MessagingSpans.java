package dev.converge.outbox;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Spans of messages, named by the OpenTelemetry semantic conventions for messaging.
 *
 * <p>A message's {@code create} span is the parent, and a link, of the span that processes it. One
 * conversation is one trace, and each message has a span even if a batch shares a transaction.
 */
final class MessagingSpans {
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

  // The time of a message that claims to be older is wrong.
  private static final Duration LONGEST_DELIVERY = Duration.ofDays(31);

  private final Tracer tracer;

  MessagingSpans(Tracer tracer) {
    this.tracer = tracer;
  }

  /**
   * Records that a message was created, and returns the context to publish it with. A message
   * without one begins a new trace.
   */
  @Nullable String created(OutboxMessage message) {
    Context sender = Traceparent.parent(message.origin().traceparent());
    if (isUnsampled(sender)) {
      return message.origin().traceparent();
    }
    Span span =
        builder("create", message.topic(), SpanKind.PRODUCER, sender)
            .setAttribute(OPERATION_TYPE, "create")
            .setAttribute(MESSAGE_ID, message.id().toString())
            .setAttribute(MESSAGE_TYPE, message.payload().type())
            .setAttribute(KEY, message.aggregateId())
            .setAttribute(CONVERSATION, message.origin().correlationId().toString())
            .startSpan();
    span.end();
    return Traceparent.textOf(span);
  }

  /**
   * Starts the processing of a message, after a span for its delivery: from its append, in the
   * sender's transaction, through Debezium and Kafka to this poll.
   */
  Processing process(InboundMessage message, String group) {
    Context sender = Traceparent.parent(message.traceparent());
    if (isUnsampled(sender)) {
      return new Processing(message, Span.getInvalid());
    }
    Context parent = delivered(message, sender);
    SpanBuilder builder =
        builder("process", message.source().topic(), SpanKind.CONSUMER, parent)
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
    return new Processing(message.withTraceparent(Traceparent.textOf(span)), span);
  }

  /** Records the delivery, and returns the parent of the processing span. */
  private Context delivered(InboundMessage message, Context sender) {
    Instant appended = message.time();
    Instant now = Instant.now();
    if (appended == null
        || !appended.isBefore(now)
        || appended.isBefore(now.minus(LONGEST_DELIVERY))) {
      return sender;
    }
    Span delivery =
        builder("deliver", message.source().topic(), SpanKind.INTERNAL, sender)
            .setAttribute(MESSAGE_ID, message.id().toString())
            .setStartTimestamp(appended)
            .startSpan();
    delivery.end();
    boolean isRoot = !Span.fromContext(sender).getSpanContext().isValid();
    return isRoot ? sender.with(delivery) : sender;
  }

  /** Whether the sender has a trace that is not sampled. */
  private static boolean isUnsampled(Context sender) {
    SpanContext span = Span.fromContext(sender).getSpanContext();
    return span.isValid() && !span.isSampled();
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
}
