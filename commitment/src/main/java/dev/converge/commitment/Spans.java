package dev.converge.commitment;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import java.util.function.Function;

/** One span for each request that is sent, and for each event that a participant handles. */
public final class Spans {
  private static final String RECEIVER = "converge.participant";

  private final Tracer tracer;

  public Spans(Tracer tracer) {
    this.tracer = tracer;
  }

  /** Names the receiver of a request, in the span that sends it. */
  public static void nameReceiver(Context trace, String receiver) {
    Span.fromContext(trace).setAttribute(RECEIVER, receiver);
  }

  /**
   * Sends a request within a client span that ends with its answer.
   *
   * @param request takes the context that is passed on
   */
  public <T> Future<T> request(
      String event,
      String receiver,
      GlobalId id,
      Context parent,
      Function<Context, Future<T>> request) {
    return within(
        SpanKind.CLIENT,
        event,
        id,
        parent,
        trace -> {
          nameReceiver(trace, receiver);
          return request.apply(trace);
        });
  }

  /**
   * Runs work within a span that ends with it.
   *
   * @param work takes the context that further spans continue
   */
  <T> Future<T> within(
      SpanKind kind, String event, GlobalId id, Context parent, Function<Context, Future<T>> work) {
    Span span =
        tracer
            .spanBuilder(event)
            .setParent(parent)
            .setSpanKind(kind)
            .setAttribute("converge.protocol", id.protocol())
            .setAttribute("converge.gid", id.text())
            .setAttribute("converge.event", event)
            .startSpan();
    return work.apply(parent.with(span))
        .onSuccess(state -> span.setAttribute("converge.state", String.valueOf(state)))
        .onFailure(cause -> failed(span, cause))
        .onComplete(done -> span.end());
  }

  private static void failed(Span span, Throwable cause) {
    if (cause instanceof RefusedException refused) {
      span.setAttribute("converge.state", refused.reason());
    } else {
      span.setStatus(StatusCode.ERROR, String.valueOf(cause.getMessage()));
    }
  }
}
