package dev.converge.outbox;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A valid {@code traceparent} of W3C Trace Context: {@code 00-<trace id>-<parent id>-<flags>}.
 *
 * <p>{@link #parse} reads every {@code traceparent}, whether it comes by HTTP, in a message or from
 * a table. Text that is not valid, or too long, counts as absent: a new trace begins. {@code
 * tracestate} is not read and not passed on.
 *
 * <p>Public for the HTTP side of a service, which continues the same traces.
 *
 * @param context the caller's span; always valid
 */
public record Traceparent(SpanContext context) {
  /** Characters of a traceparent in version 00, the version that is written. */
  public static final int LENGTH = 55;

  /** A later version may append fields. Longer text than this is not read. */
  private static final int MAX_LENGTH = 512;

  private static final int TRACE_ID = 3;
  private static final int PARENT_ID = 36;
  private static final int FLAGS = 53;

  public Traceparent {
    if (!context.isValid()) {
      throw new IllegalArgumentException("context: not valid");
    }
  }

  /** Parses a traceparent; empty if the text is absent or not valid. */
  public static Optional<Traceparent> parse(@Nullable String text) {
    if (text == null || !isWellFormed(text)) {
      return Optional.empty();
    }
    SpanContext context =
        SpanContext.createFromRemoteParent(
            text.substring(TRACE_ID, PARENT_ID - 1),
            text.substring(PARENT_ID, FLAGS - 1),
            TraceFlags.fromHex(text, FLAGS),
            TraceState.getDefault());
    // An id of zeros only is not valid.
    return context.isValid() ? Optional.of(new Traceparent(context)) : Optional.empty();
  }

  private static boolean isWellFormed(String text) {
    if (text.length() < LENGTH
        || text.length() > MAX_LENGTH
        || text.charAt(TRACE_ID - 1) != '-'
        || text.charAt(PARENT_ID - 1) != '-'
        || text.charAt(FLAGS - 1) != '-') {
      return false;
    }
    return isHex(text, 0, TRACE_ID - 1)
        && isHex(text, TRACE_ID, PARENT_ID - 1)
        && isHex(text, PARENT_ID, FLAGS - 1)
        && isHex(text, FLAGS, LENGTH)
        && !text.startsWith("ff")
        && (text.length() == LENGTH || (text.charAt(LENGTH) == '-' && !text.startsWith("00")));
  }

  private static boolean isHex(String text, int from, int to) {
    for (int at = from; at < to; at++) {
      char c = text.charAt(at);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return false;
      }
    }
    return true;
  }

  /** The traceparent of a span; empty if the span is not valid. */
  public static Optional<Traceparent> of(Span span) {
    return span.getSpanContext().isValid()
        ? Optional.of(new Traceparent(span.getSpanContext()))
        : Optional.empty();
  }

  /** The text of a span's context; null if the span is not valid. */
  static @Nullable String textOf(Span span) {
    return of(span).map(Traceparent::toString).orElse(null);
  }

  /** The text in version 00; null if it is absent or not valid. */
  static @Nullable String valid(@Nullable String text) {
    return parse(text).map(Traceparent::toString).orElse(null);
  }

  /** The context that a span continues: the parsed one, or the root if there is none. */
  static Context parent(@Nullable String text) {
    return parse(text)
        .map(given -> Context.root().with(Span.wrap(given.context())))
        .orElseGet(Context::root);
  }

  /** The trace's id, 32 hexadecimal digits. */
  public String traceId() {
    return context.getTraceId();
  }

  /** The text, in version 00. */
  @Override
  public String toString() {
    return "00-"
        + context.getTraceId()
        + "-"
        + context.getSpanId()
        + "-"
        + context.getTraceFlags().asHex();
  }
}
