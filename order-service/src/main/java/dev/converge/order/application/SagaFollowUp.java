package dev.converge.order.application;

import dev.converge.order.saga.SagaBatch;
import dev.converge.order.saga.SagaDecision;
import dev.converge.order.saga.SagaDecision.Advanced;
import dev.converge.order.saga.SagaStatus;
import dev.converge.outbox.AfterCommit;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;

/**
 * Acts after the commit of a {@link SagaBatch}: reports first replies to the admission control,
 * wakes requests that wait for the end of an order, and counts.
 */
public final class SagaFollowUp {
  private final AdmissionControl admission;
  private final OrderOutcomes outcomes;
  private final MeterRegistry meters;

  public SagaFollowUp(AdmissionControl admission, OrderOutcomes outcomes, MeterRegistry meters) {
    this.admission = admission;
    this.outcomes = outcomes;
    this.meters = meters;
  }

  /** The actions after the commit of the transaction that wrote this batch. */
  AfterCommit of(SagaBatch batch) {
    return () -> committed(batch);
  }

  private void committed(SagaBatch batch) {
    admission.replied(batch.firstReplies());
    batch.ended().forEach(outcomes::ended);
    batch.decisions().forEach(this::count);
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
