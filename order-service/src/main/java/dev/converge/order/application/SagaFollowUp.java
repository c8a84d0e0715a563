package dev.converge.order.application;

import dev.converge.order.saga.SagaBatch;
import dev.converge.order.saga.SagaBatch.Ended;
import dev.converge.order.saga.SagaDecision;
import dev.converge.order.saga.SagaDecision.Advanced;
import dev.converge.order.saga.SagaStatus;
import dev.converge.outbox.AfterCommit;
import dev.converge.outbox.Exemplars;
import dev.converge.outbox.Traceparent;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.opentelemetry.api.trace.SpanContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Acts after the commit of a {@link SagaBatch}: reports first replies to the admission control,
 * wakes requests that wait for the end of an order, counts, and measures how long orders took.
 */
public final class SagaFollowUp {
  /** The upper limits of the buckets. Objectives have one of them as their limit. */
  private static final Duration[] LIMITS =
      Stream.of(100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000)
          .map(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final AdmissionControl admission;
  private final OrderOutcomes outcomes;
  private final MeterRegistry meters;
  private final Exemplars exemplars;

  /** Without exemplars. */
  public SagaFollowUp(AdmissionControl admission, OrderOutcomes outcomes, MeterRegistry meters) {
    this(admission, outcomes, meters, Exemplars.NONE);
  }

  public SagaFollowUp(
      AdmissionControl admission,
      OrderOutcomes outcomes,
      MeterRegistry meters,
      Exemplars exemplars) {
    this.admission = admission;
    this.outcomes = outcomes;
    this.meters = meters;
    this.exemplars = exemplars;
  }

  /** The actions after the commit of the transaction that wrote this batch. */
  AfterCommit of(SagaBatch batch) {
    return () -> committed(batch);
  }

  private void committed(SagaBatch batch) {
    admission.replied(batch.firstReplies());
    batch.ended().forEach(ended -> outcomes.ended(ended.orderId()));
    batch.ended().forEach(this::measure);
    batch.decisions().forEach(this::count);
  }

  private void measure(Ended ended) {
    Timer timer =
        Timer.builder("orders.completion")
            .tag("outcome", ended.outcome().name())
            .serviceLevelObjectives(LIMITS)
            .register(meters);
    SpanContext order =
        Traceparent.parse(ended.traceparent())
            .map(Traceparent::context)
            .orElseGet(SpanContext::getInvalid);
    exemplars.measure(order, () -> timer.record(ended.after()));
  }

  private void count(SagaDecision decision) {
    List<Counter> counters =
        decision.match(
            this::advanced,
            ignored -> List.of(meters.counter("saga.signals.ignored", "why", ignored.why())),
            refused -> List.of());
    counters.forEach(Counter::increment);
  }

  private List<Counter> advanced(Advanced advanced) {
    List<Counter> counters = new ArrayList<>();
    if (advanced.outcome() != null) {
      counters.add(meters.counter("orders.ended", "outcome", advanced.outcome().name()));
    }
    if (advanced.next().status() == SagaStatus.STUCK) {
      counters.add(meters.counter("saga.stuck"));
    }
    return counters;
  }
}
