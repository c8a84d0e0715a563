package dev.converge.lab.faults;

import dev.converge.lab.checker.Evidence;
import dev.converge.lab.history.ConcurrentBurst;
import dev.converge.lab.history.OrderKind;
import dev.converge.lab.history.Outcome;
import dev.converge.lab.history.Request;
import dev.converge.lab.history.Request.Kind;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A run's orders, as the client and the database saw them.
 *
 * @param burst the outcome of concurrent requests for the same
 * @param outcomes orders by how they ended
 * @param series second by second
 */
record CampaignOrders(
    Client client, BurstOutcome burst, Map<String, Long> outcomes, List<OrderSecond> series) {
  private static final long THIRTY_SECONDS = 30_000_000;

  /**
   * The client's view.
   *
   * @param requests all of them
   * @param unknown those without an answer, or with one that is not certain
   * @param orders all of them, including those that are meant to be refused
   * @param firstAttempt share of valid orders, without the burst, whose first request was answered
   *     with a success (2xx)
   * @param within30s share of the same orders that were answered so within 30 s, including
   *     repetitions
   * @param ended whether the client ended in order, with nothing given up silently
   */
  record Client(
      long requests,
      long orders,
      long unknown,
      double firstAttempt,
      double within30s,
      boolean ended) {}

  static CampaignOrders of(ConcurrentBurst burst, Evidence evidence, CampaignReport.Course course) {
    return new CampaignOrders(
        client(evidence.history(), course.clientEnded()),
        BurstOutcome.of(burst, evidence),
        outcomes(evidence),
        OrderSecond.series(evidence, course.beginMicros(), course.healedMicros()));
  }

  /** Orders in the database, however they ended. */
  long count() {
    return outcomes.values().stream().mapToLong(Long::longValue).sum();
  }

  private static Client client(List<Request> history, boolean ended) {
    Collection<List<Request>> orders =
        history.stream()
            .filter(request -> request.sent().kind() == Kind.PLACE)
            .collect(Collectors.groupingBy(request -> request.sent().journey()))
            .values();
    List<List<Request>> valid =
        orders.stream()
            .filter(places -> !OrderKind.isInvalid(places.get(0).sent().key()))
            .filter(places -> !OrderKind.isOfCrowd(places.get(0).sent().body()))
            .toList();
    long first = 0;
    long within = 0;
    for (List<Request> places : valid) {
      Request begin =
          places.stream().min(Comparator.comparing(request -> request.sent().op())).orElseThrow();
      first += begin.outcome() == Outcome.OK ? 1 : 0;
      boolean inTime =
          places.stream()
              .anyMatch(
                  place ->
                      place.outcome() == Outcome.OK
                          && place.completedMicros() != null
                          && place.completedMicros() - begin.invokedMicros() <= THIRTY_SECONDS);
      within += inTime ? 1 : 0;
    }
    double of = Math.max(1, valid.size());
    return new Client(
        history.size(),
        orders.size(),
        history.stream().filter(request -> request.outcome() == Outcome.UNKNOWN).count(),
        first / of,
        within / of,
        ended);
  }

  private static Map<String, Long> outcomes(Evidence evidence) {
    return evidence.orders().stream()
        .collect(
            Collectors.groupingBy(
                order ->
                    order.reason() == null ? order.status() : order.status() + " " + order.reason(),
                TreeMap::new,
                Collectors.counting()));
  }
}
