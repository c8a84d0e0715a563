package dev.converge.lab.checker;

import dev.converge.lab.SagaRules;
import dev.converge.lab.checker.Books.OutboxRow;
import dev.converge.lab.checker.Observations.ResourceSample;
import dev.converge.lab.checker.Traces.Span;
import dev.converge.lab.checker.Traces.TraceRow;
import dev.converge.platform.Topology;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The invariants of the processes, their clocks and their traces. */
final class OperationInvariants {
  // Pools grow and shrink with the load by less than this. A leak per order, message or broken
  // connection exceeds it within a thousand of them.
  private static final long MORE_THREADS = 32;
  private static final long MORE_DESCRIPTORS = 64;
  private static final long MORE_LIVE_BYTES = 16L << 20;

  /** The twelve connections of both pools, and one on its way in or out. */
  private static final long CONNECTIONS = 13;

  /** Three commands, three replies, one event. */
  private static final long MESSAGES = SagaRules.PLACE_ORDER.messagesOfAnOrder();

  private static final Set<String> SERVICES =
      Topology.SERVICES.stream().map(Topology.Service::id).collect(Collectors.toSet());

  private OperationInvariants() {}

  static List<InvariantResult> check(Evidence evidence) {
    return List.of(leaks(evidence), traces(evidence));
  }

  /** I25: nothing reads a clock in a way that its steps could break. */
  static InvariantResult clocks(Evidence evidence, List<InvariantResult> others) {
    Check check = new Check();
    int steps = evidence.observations().clockSteps().size();
    if (steps > 0) {
      others.forEach(
          other ->
              check.that(
                  other.passes(),
                  null,
                  "%s was violated %d times, and clocks were stepped: %s",
                  other.invariant(),
                  other.violations().size(),
                  evidence.observations().clockSteps()));
    }
    return check.result(
        "I25",
        "all else holds while clocks are stepped",
        steps > 0,
        steps == 0 ? "no clock was stepped" : steps + " times a clock was stepped");
  }

  /**
   * I26: when quiescent a process uses little more than after its warm-up. One that was started
   * again since is not checked.
   */
  static InvariantResult leaks(Evidence evidence) {
    Check check = new Check();
    List<String> notes = new ArrayList<>();
    int compared = 0;
    Map<String, ResourceSample> ends = new LinkedHashMap<>();
    Map<String, ResourceSample> marks = new LinkedHashMap<>();
    for (ResourceSample each : evidence.observations().resourceSamples()) {
      if (each.whenQuiescent()) {
        ends.put(each.service(), each);
      } else {
        marks.put(each.service() + " " + each.pid(), each);
      }
    }
    for (ResourceSample end : ends.values()) {
      ResourceSample mark = marks.get(end.service() + " " + end.pid());
      if (mark == null) {
        notes.add(end.service() + ": left out: restarted and not warmed up");
        continue;
      }
      compared++;
      notes.add(
          format(
              "%s: %s threads, %s descriptors, %s KiB live; %s connections",
              end.service(),
              more(mark.threads(), end.threads(), 1),
              more(mark.descriptors(), end.descriptors(), 1),
              more(mark.liveBytes(), end.liveBytes(), 1_024),
              end.connections() == null ? "?" : end.connections()));
      bound(check, end, "threads", mark.threads(), end.threads(), MORE_THREADS);
      bound(check, end, "descriptors", mark.descriptors(), end.descriptors(), MORE_DESCRIPTORS);
      bound(check, end, "live bytes", mark.liveBytes(), end.liveBytes(), MORE_LIVE_BYTES);
      bound(check, end, "connections", 0L, end.connections(), CONNECTIONS);
    }
    return check.result(
        "I26",
        "when quiescent a service uses little more than after its warm-up",
        compared > 0,
        notes.isEmpty() ? "no service was checked" : String.join("; ", notes));
  }

  private static void bound(
      Check check,
      ResourceSample end,
      String what,
      @Nullable Long from,
      @Nullable Long to,
      long more) {
    if (from != null && to != null) {
      check.that(
          to - from <= more,
          null,
          "%s has %d %s when quiescent and had %d (bound: %d more)",
          end.service(),
          to,
          what,
          from,
          more);
    }
  }

  private static String more(@Nullable Long from, @Nullable Long to, long unit) {
    return from == null || to == null ? "?" : format("%+d", (to - from) / unit);
  }

  /** I27: an order's spans are one tree, from its request through all services to its end. */
  static InvariantResult traces(Evidence evidence) {
    Check check = new Check();
    Map<String, Long> sent =
        evidence.messages().stream()
            .collect(Collectors.groupingBy(OutboxRow::orderId, Collectors.counting()));
    int compared = 0;
    int cut = 0;
    for (TraceRow trace : evidence.traces().rows()) {
      String missing = missing(trace, sent.getOrDefault(trace.orderId(), 0L));
      if (missing != null && evidence.traces().dropped() > 0) {
        cut++;
        continue;
      }
      compared++;
      check.that(missing == null, trace.orderId(), "its trace %s", missing);
    }
    return check.result(
        "I27",
        "an order is one trace: one root, all services, no span lacks its parent",
        compared > 0,
        evidence.traces().rows().isEmpty()
            ? evidence.traces().whyNone()
            : compared
                + " of the newest orders that completed"
                + (cut == 0
                    ? ""
                    : format(
                        "; %d lack spans; the trace UI and the services have dropped %d",
                        cut, evidence.traces().dropped())));
  }

  /** Whether a trace lacks nothing that the trace of every completed order has. */
  static boolean isWhole(TraceRow trace) {
    return missing(trace, MESSAGES) == null;
  }

  /** The parts that a trace of a completed order lacks; null if it lacks none. */
  private static @Nullable String missing(TraceRow trace, long messages) {
    Set<String> ids = trace.spans().stream().map(Span::id).collect(Collectors.toSet());
    List<Span> roots = trace.spans().stream().filter(span -> span.parent().isEmpty()).toList();
    List<Span> orphans =
        trace.spans().stream()
            .filter(span -> !span.parent().isEmpty() && !ids.contains(span.parent()))
            .toList();
    Set<String> services = trace.spans().stream().map(Span::service).collect(Collectors.toSet());
    long created = trace.spans().stream().filter(span -> span.kind().equals("PRODUCER")).count();
    long handled = trace.spans().stream().filter(span -> span.kind().equals("CONSUMER")).count();
    if (roots.size() != 1) {
      return "has " + roots.size() + " roots: " + roots;
    }
    if (!orphans.isEmpty()) {
      return "has spans whose parents are missing: " + orphans;
    }
    if (!services.equals(SERVICES)) {
      return "goes through " + services;
    }
    // No service handles the event of the end. A transaction that is repeated, with its neighbours'
    // messages, has further spans of its own.
    return created >= messages && handled >= messages - 1
        ? null
        : format("has %d messages created and %d handled, of %d", created, handled, messages);
  }

  private static String format(String format, @Nullable Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
