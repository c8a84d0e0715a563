package dev.converge.lab.faults;

import dev.converge.lab.history.OrderKind;
import dev.converge.lab.history.Outcome;
import dev.converge.lab.history.Request;
import dev.converge.lab.history.Request.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * First requests of orders, by the last fault before them. Orders that are meant to be refused, and
 * those of the burst at the start, are not counted.
 *
 * @param component of the last fault before the request; {@link #NONE} before the first
 * @param orders placed then
 * @param answered those of them with a success (2xx) at the first attempt
 */
record FirstAttempts(String component, long orders, long answered) {
  static final String NONE = "none yet";

  /** Each component's, in the order of their names. */
  static List<FirstAttempts> of(
      List<Request> history, List<FaultOutcome> faults, long beginMicros) {
    Map<String, List<Request>> byComponent =
        history.stream()
            .filter(request -> request.sent().kind() == Kind.PLACE)
            .filter(request -> !OrderKind.isInvalid(request.sent().key()))
            .filter(request -> !OrderKind.isOfCrowd(request.sent().body()))
            .collect(Collectors.groupingBy(request -> request.sent().journey()))
            .values()
            .stream()
            .map(
                places ->
                    places.stream()
                        .min(Comparator.comparing(request -> request.sent().op()))
                        .orElseThrow())
            .collect(
                Collectors.groupingBy(
                    first -> lastFault(faults, (first.invokedMicros() - beginMicros) / 1e6),
                    TreeMap::new,
                    Collectors.toList()));
    List<FirstAttempts> tries = new ArrayList<>();
    byComponent.forEach(
        (component, firsts) ->
            tries.add(
                new FirstAttempts(
                    component,
                    firsts.size(),
                    firsts.stream().filter(first -> first.outcome() == Outcome.OK).count())));
    return tries;
  }

  // Counted until the next fault, because the effects may last longer than the fault is held.
  private static String lastFault(List<FaultOutcome> faults, double seconds) {
    String last = NONE;
    for (FaultOutcome fault : faults) {
      Double at = fault.injection().atSeconds();
      if (at != null && at <= seconds) {
        last = fault.target().component();
      }
    }
    return last;
  }

  /**
   * The share of answers outside the faults of some components, from the first fault on; 1 if there
   * were no orders.
   */
  static double shareBut(List<FirstAttempts> tries, List<String> components) {
    long orders = ordersBut(tries, components);
    long answered = but(tries, components).mapToLong(FirstAttempts::answered).sum();
    return orders == 0 ? 1 : (double) answered / orders;
  }

  /** The orders that {@link #shareBut} is a share of. */
  static long ordersBut(List<FirstAttempts> tries, List<String> components) {
    return but(tries, components).mapToLong(FirstAttempts::orders).sum();
  }

  private static Stream<FirstAttempts> but(List<FirstAttempts> tries, List<String> components) {
    return tries.stream()
        .filter(one -> !one.component().equals(NONE))
        .filter(one -> !components.contains(one.component()));
  }
}
