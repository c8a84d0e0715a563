package dev.converge.lab.checker;

import static dev.converge.lab.checker.BrokenRun.broken;

import dev.converge.lab.checker.Observations.ResourceSample;
import dev.converge.lab.checker.Traces.Span;
import java.util.List;

/** Violations of operation: I25 to I27. */
final class OperationViolations {
  private OperationViolations() {}

  static List<BrokenRun> all() {
    return List.of(
        broken("I25", "an order is missing, and a clock was stepped", run -> run.orders.remove(0)),
        broken("I25", "no rest, and a clock was stepped", run -> run.quiescent = false),
        broken(
            "I26",
            "threads are left",
            run -> run.resourceSamples.add(whenQuiescent(73L, 90L, 8L, 20L << 20))),
        broken(
            "I26",
            "descriptors are left",
            run -> run.resourceSamples.add(whenQuiescent(40L, 155L, 8L, 20L << 20))),
        broken(
            "I26",
            "connections are left",
            run -> run.resourceSamples.add(whenQuiescent(40L, 90L, 14L, 20L << 20))),
        broken(
            "I26",
            "the heap grows",
            run -> run.resourceSamples.add(whenQuiescent(40L, 90L, 8L, (36L << 20) + 1))),
        broken(
            "I27",
            "an order has two traces' roots",
            run -> run.spans.add(new Span("other", "", "order-service", "SERVER", "post /orders"))),
        broken(
            "I27",
            "a parent is missing",
            run -> run.spans.removeIf(span -> span.kind().equals("PRODUCER"))),
        broken(
            "I27",
            "a service is missing",
            run ->
                run.spans.replaceAll(
                    span ->
                        span.service().equals("payment-service")
                            ? new Span(
                                span.id(), span.parent(), "order-service", span.kind(), span.name())
                            : span)),
        broken("I27", "a message has left no span", run -> run.spans.remove(run.spans.size() - 1)));
  }

  private static ResourceSample whenQuiescent(
      long threads, long descriptors, long connections, long live) {
    return new ResourceSample("order-service", 7, true, threads, descriptors, connections, live);
  }
}
