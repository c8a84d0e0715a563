package dev.converge.lab.faults;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.converge.lab.checker.Evidence;
import dev.converge.lab.checker.Evidence.OrderRow;
import dev.converge.lab.checker.Evidence.TopicRecord;
import dev.converge.lab.checker.Finding;
import dev.converge.lab.checker.Invariants;
import dev.converge.lab.checker.OrderTimeline;
import dev.converge.lab.history.OrderKind;
import dev.converge.lab.history.Outcome;
import dev.converge.lab.history.Request;
import dev.converge.lab.history.Request.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The verdict of a run.
 *
 * @param burst what came of concurrent requests for the same
 * @param outcomes orders by how they ended
 * @param firstAttempts successes at the first attempt, by the component that a fault came to last
 * @param findings the invariants, each with all that violates it
 * @param counterexamples the first violations of each invariant, with the order's own timeline
 * @param duplicates records of topics that repeat one before them, and that no audit has asked for
 * @param republished messages that an audit found missing and wrote once more
 * @param republishedInVain of these, those that were there after all, or came after all
 * @param notPossible faults that were asked for and cannot be put in on this machine, with the
 *     reason
 * @param restSeconds from the end of the load, when all faults had been taken away, until nothing
 *     was under way; null for never
 * @param auditedSeconds from then until the reconcilers had also compared all that was lost; null
 *     where nothing was, and for never
 * @param audits what the services' own audits found in their data while it went on
 * @param missedSamples samples of stock or slots that failed because their database was down
 * @param series second by second
 */
record CampaignReport(
    long seed,
    double ordersPerSecond,
    double loadSeconds,
    int planned,
    Client client,
    BurstOutcome burst,
    Map<String, Long> outcomes,
    long messages,
    long duplicates,
    long republished,
    long republishedInVain,
    List<FaultOutcome> faults,
    List<FirstAttempts> firstAttempts,
    List<String> notPossible,
    List<String> notBuilt,
    List<Finding> findings,
    List<Counterexample> counterexamples,
    @Nullable Double restSeconds,
    @Nullable Double auditedSeconds,
    AuditWatch.Heard audits,
    long missedSamples,
    List<Second> series) {
  // Of an invariant: a run in which nothing worked has as many violations as orders.
  private static final int EXAMPLES = 200;
  private static final long THIRTY_SECONDS = 30_000_000;

  /**
   * What the client has seen.
   *
   * @param requests all of them
   * @param unknown of these, not answered or not for certain
   * @param orders all of them, also those that are meant to be refused
   * @param firstAttempt share of valid orders, but for the burst, whose first request was answered
   *     with a success (2xx)
   * @param within30s share of the same orders that were answered so within 30 s, repetitions
   *     included
   * @param ended whether it ended in order, with nothing given up silently
   */
  record Client(
      long requests,
      long orders,
      long unknown,
      double firstAttempt,
      double within30s,
      boolean ended) {}

  /** A violation, and all that is known of its order. */
  record Counterexample(String invariant, String what, List<String> timeline) {}

  /**
   * What the orders did in one second.
   *
   * @param backlog orders placed and not ended at its end
   * @param postMillis the slowest answer to a request begun in it
   * @param endMillis the median time of an order placed in it until its end
   */
  record Second(
      int second,
      long placed,
      long completed,
      long backlog,
      @Nullable Double postMillis,
      @Nullable Double endMillis) {}

  /** When what happened. */
  record Course(
      long beginMicros,
      long healedMicros,
      @Nullable Double restSeconds,
      @Nullable Double auditedSeconds,
      long missedSamples,
      AuditWatch.Heard audits,
      boolean clientEnded,
      List<String> notPossible) {}

  static CampaignReport of(
      Campaign.Settings settings, Evidence evidence, List<FaultOutcome> faults, Course course) {
    List<Finding> findings = Invariants.check(evidence);
    return new CampaignReport(
        settings.seed(),
        settings.ordersPerSecond(),
        (course.healedMicros() - course.beginMicros()) / 1e6,
        settings.faults(),
        client(evidence.history(), course.clientEnded()),
        BurstOutcome.of(settings.burst(), evidence),
        outcomes(evidence),
        evidence.messages().size(),
        repeated(evidence) - inVain(evidence),
        evidence.republications().size(),
        inVain(evidence),
        faults,
        FirstAttempts.of(evidence.history(), faults, course.beginMicros()),
        course.notPossible(),
        FaultCatalogue.NOT_BUILT,
        findings,
        counterexamples(findings, evidence),
        course.restSeconds(),
        course.auditedSeconds(),
        course.audits(),
        course.missedSamples(),
        series(evidence, course));
  }

  @JsonProperty
  boolean holds() {
    return findings.stream().allMatch(Finding::passes);
  }

  @JsonProperty
  long injected() {
    return faults.stream().filter(fault -> fault.atSeconds() != null).count();
  }

  /** Faults that could not be taken away, or that the platform did not repair, in their time. */
  @JsonProperty
  long unhealed() {
    return faults.stream().filter(fault -> fault.notHealed() != null).count();
  }

  /** Faults that were put in while orders were under way. */
  @JsonProperty
  long counted() {
    return faults.stream().filter(FaultOutcome::counts).count();
  }

  /** Orders that are there, however they ended. */
  @JsonIgnore
  long orders() {
    return outcomes.values().stream().mapToLong(Long::longValue).sum();
  }

  /** What the run should reach; the exit code does not depend on it. */
  @JsonProperty
  List<Goal> goals() {
    return Goal.of(this);
  }

  /** Whether the run was what it was planned to be. */
  @JsonProperty
  boolean complete() {
    return injected() == planned
        && unhealed() == 0
        && client.ended()
        && (planned == 0 || counted() > 0);
  }

  @JsonIgnore
  int exitCode() {
    return holds() && complete() ? 0 : 1;
  }

  private static Client client(List<Request> history, boolean ended) {
    Collection<List<Request>> orders =
        history.stream()
            .filter(request -> request.kind() == Kind.PLACE)
            .collect(Collectors.groupingBy(Request::journey))
            .values();
    List<List<Request>> valid =
        orders.stream()
            .filter(places -> !OrderKind.isInvalid(places.get(0).key()))
            .filter(places -> !OrderKind.isOfCrowd(places.get(0).body()))
            .toList();
    long first = 0;
    long within = 0;
    for (List<Request> places : valid) {
      Request begin = places.stream().min(Comparator.comparing(Request::op)).orElseThrow();
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

  /** Records that repeat one before them. */
  private static long repeated(Evidence evidence) {
    return records(evidence).values().stream().mapToLong(times -> times - 1).sum();
  }

  /** Of these, as many as marks of the audit account for. */
  private static long inVain(Evidence evidence) {
    Map<String, Long> marks =
        evidence.republications().stream()
            .collect(
                Collectors.groupingBy(Evidence.RepublicationRow::messageId, Collectors.counting()));
    return records(evidence).entrySet().stream()
        .mapToLong(entry -> Math.min(entry.getValue() - 1, marks.getOrDefault(entry.getKey(), 0L)))
        .sum();
  }

  private static Map<String, Long> records(Evidence evidence) {
    return evidence.topics().stream()
        .filter(found -> found.poison().isEmpty())
        .collect(Collectors.groupingBy(TopicRecord::id, Collectors.counting()));
  }

  private static List<Counterexample> counterexamples(List<Finding> findings, Evidence evidence) {
    List<Counterexample> examples = new ArrayList<>();
    for (Finding finding : findings) {
      finding.violations().stream()
          .limit(EXAMPLES)
          .forEach(
              violation ->
                  examples.add(
                      new Counterexample(
                          finding.invariant(),
                          violation.what(),
                          violation.orderId() == null
                              ? List.of()
                              : OrderTimeline.of(evidence, violation.orderId()))));
    }
    return examples;
  }

  private static List<Second> series(Evidence evidence, Course course) {
    Map<Integer, List<OrderRow>> placed = new LinkedHashMap<>();
    Map<Integer, Long> ended = new LinkedHashMap<>();
    Map<Integer, Long> completed = new LinkedHashMap<>();
    Map<Integer, Double> post = new LinkedHashMap<>();
    long before = 0;
    for (OrderRow order : evidence.orders()) {
      int at = second(order.placedMicros(), course);
      placed.computeIfAbsent(at, second -> new ArrayList<>()).add(order);
      before += at < 0 ? 1 : 0;
      if (order.endedMicros() != null) {
        int end = second(order.endedMicros(), course);
        before -= end < 0 ? 1 : 0;
        ended.merge(end, 1L, Long::sum);
        if (order.status().equals("COMPLETED")) {
          completed.merge(end, 1L, Long::sum);
        }
      }
    }
    for (Request request : evidence.history()) {
      Double millis = request.latencyMillis();
      if (request.kind() == Kind.PLACE && millis != null) {
        post.merge(second(request.invokedMicros(), course), millis, Math::max);
      }
    }
    List<Second> series = new ArrayList<>();
    long backlog = before;
    int last = second(course.healedMicros(), course) + 15;
    for (int second = 0; second <= last; second++) {
      List<OrderRow> these = placed.getOrDefault(second, List.of());
      backlog += these.size() - ended.getOrDefault(second, 0L);
      series.add(
          new Second(
              second,
              these.size(),
              completed.getOrDefault(second, 0L),
              backlog,
              post.get(second),
              medianToEnd(these)));
    }
    return series;
  }

  private static int second(long micros, Course course) {
    return (int) Math.floorDiv(micros - course.beginMicros(), 1_000_000L);
  }

  private static @Nullable Double medianToEnd(List<OrderRow> orders) {
    List<Double> millis = new ArrayList<>();
    for (OrderRow order : orders) {
      if (order.endedMicros() != null) {
        millis.add((order.endedMicros() - order.placedMicros()) / 1e3);
      }
    }
    millis.sort(Comparator.naturalOrder());
    return millis.isEmpty() ? null : millis.get(millis.size() / 2);
  }
}
