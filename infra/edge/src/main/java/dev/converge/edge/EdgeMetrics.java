package dev.converge.edge;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;
import java.util.function.IntSupplier;

/** The counters and gauges of a route. */
final class EdgeMetrics {
  private final MeterRegistry meters;
  private final String route;

  EdgeMetrics(MeterRegistry meters, String route) {
    this.meters = meters;
    this.route = route;
  }

  void register(ReplicaSet replicas, IntSupplier requestsInFlight) {
    Gauge.builder("edge.requests.in.flight", requestsInFlight::getAsInt)
        .tag("route", route)
        .register(meters);
    Gauge.builder("edge.panic", () -> replicas.health().isPanic() ? 1 : 0)
        .tag("route", route)
        .register(meters);
    for (Replica replica : replicas.all()) {
      Gauge.builder(
              "edge.replica.available",
              () -> replicas.health().isAvailable(replica.index()) ? 1 : 0)
          .tag("route", route)
          .tag("replica", replica.key())
          .register(meters);
    }
  }

  /** A response of a replica. */
  void responded(Replica replica, int status) {
    Counter.builder("edge.responses")
        .tag("route", route)
        .tag("replica", replica.key())
        .tag("status", Integer.toString(status))
        .register(meters)
        .increment();
  }

  /** An attempt without a response. */
  void failed(Replica replica, Failure failure) {
    Counter.builder("edge.attempts.failed")
        .tag("route", route)
        .tag("replica", replica.key())
        .tag("why", failure.name().toLowerCase(Locale.ROOT).replace('_', '-'))
        .register(meters)
        .increment();
  }

  void retried() {
    Counter.builder("edge.retries").tag("route", route).register(meters).increment();
  }

  /** An answer of the edge itself. */
  void refused(EdgeProblem problem) {
    Counter.builder("edge.refused")
        .tag("route", route)
        .tag("problem", problem.type().slug())
        .register(meters)
        .increment();
  }
}
