package dev.converge.lab.faults;

import dev.converge.lab.checker.InvariantResult;
import dev.converge.lab.report.Figures;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The verdict for a terminal. */
final class CampaignText {
  /** Of an invariant's violations, how many are printed on the terminal. */
  private static final int EXAMPLES = 3;

  private CampaignText() {}

  static String of(CampaignReport report) {
    StringBuilder text = new StringBuilder();
    line(text, "");
    line(text, "%s", summary(report));
    line(text, "%s", client(report));
    line(text, "");
    line(text, "%-4s %-72s %9s %10s", "", "Invariant", "checked", "violations");
    for (InvariantResult result : report.verdict().results()) {
      line(
          text,
          "%-4s %-72s %9d %10d  %s",
          result.invariant(),
          result.says(),
          result.checked(),
          result.violations().size(),
          verdict(result));
    }
    line(text, "");
    line(text, "Faults (recovery: to the first new order COMPLETED, the time held taken off):");
    report.faults().outcomes().forEach(fault -> line(text, "  %s", fault(fault)));
    line(text, "");
    line(text, "%s", firstAttempts(report));
    report.faults().firstAttempts().forEach(tries -> line(text, "  %s", firstAttempts(tries)));
    line(text, "");
    line(text, "Goals (a goal that is missed fails no run):");
    report
        .goals()
        .forEach(goal -> line(text, "  %-6s %s: %s", met(goal), goal.says(), goal.found()));
    line(text, "");
    if (!report.faults().notPossible().isEmpty()) {
      line(text, "Not injected: not possible here");
      report.faults().notPossible().forEach(fault -> line(text, "  %s", fault));
      line(text, "");
    }
    line(text, "Not injected: not built");
    report.faults().notBuilt().forEach(fault -> line(text, "  %s", fault));
    counterexamples(text, report.verdict().counterexamples());
    line(text, "");
    line(text, "%s", verdict(report));
    return text.toString();
  }

  static String verdict(InvariantResult result) {
    String verdict = !result.passes() ? "FAIL" : result.tried() ? "PASS" : "not tried";
    return result.note().isEmpty() ? verdict : verdict + ": " + result.note();
  }

  static String verdict(CampaignReport report) {
    String what =
        report.holds()
            ? "PASS: nothing was violated." + notTried(report)
            : "FAIL: "
                + String.join(
                    ", ",
                    report.verdict().results().stream()
                        .filter(result -> !result.passes())
                        .map(InvariantResult::invariant)
                        .toList())
                + ".";
    return report.complete()
        ? what
        : what
            + " The run did not go as planned: "
            + report.injected()
            + " of "
            + report.load().planned()
            + " faults injected, "
            + report.counted()
            + " of them with orders in flight"
            + (report.unhealed() == 0 ? "" : ", " + report.unhealed() + " not healed in time")
            + (report.orders().client().ended() ? "." : "; the client did not end in order.");
  }

  private static String notTried(CampaignReport report) {
    List<String> not =
        report.verdict().results().stream()
            .filter(result -> !result.tried())
            .map(InvariantResult::invariant)
            .toList();
    return not.isEmpty() ? "" : " Not tried: " + String.join(", ", not) + ".";
  }

  static String summary(CampaignReport report) {
    return format(
        "Seed %d: %d of %d faults injected, %d of them with orders in flight; %d orders: %s;"
            + " %d messages, %d records repeated; %d messages published again by reconcilers, %d of"
            + " them unnecessarily; quiescent %s",
        report.load().seed(),
        report.injected(),
        report.load().planned(),
        report.counted(),
        report.orders().count(),
        report.orders().outcomes(),
        report.messages().messages(),
        report.messages().duplicates(),
        report.messages().republished(),
        report.messages().redundantCopies(),
        report.ending().quiescentSeconds() == null
            ? "never"
            : format("%.1f s after the load (goal: 60 s)", report.ending().quiescentSeconds())
                + (report.ending().reconciledSeconds() == null
                    ? ""
                    : format(
                        ", all compared by the reconcilers after %.1f s",
                        report.ending().reconciledSeconds())));
  }

  static String client(CampaignReport report) {
    CampaignOrders.Client client = report.orders().client();
    return format(
        "Client: %d orders in %d requests, %d of unknown outcome; of those that are valid, answered"
            + " 2xx at the first attempt: %s, within 30 s: %s (without the burst at the start)",
        client.orders(),
        client.requests(),
        client.unknown(),
        share(client.firstAttempt()),
        share(client.within30s()));
  }

  static String firstAttempts(CampaignReport report) {
    return format(
        "Valid orders answered 2xx at the first attempt, by the component that the last fault hit. From"
            + " the first fault on, all components except order-db, which has one instance: %s (goal: 99.90 %%)",
        share(FirstAttempts.shareBut(report.faults().firstAttempts(), List.of("order-db"))));
  }

  private static String firstAttempts(FirstAttempts tries) {
    return format(
        "%-20s %d of %d orders, %s",
        tries.component(),
        tries.answered(),
        tries.orders(),
        share((double) tries.answered() / tries.orders()));
  }

  static String met(Goal goal) {
    return goal.met() ? "met" : "MISSED";
  }

  static String share(double share) {
    return format("%.2f %%", share * 100);
  }

  /** Seconds to recover, without the time the fault was held. */
  static @Nullable Double recovery(FaultOutcome fault) {
    Double seconds = fault.recovery().recoverySeconds();
    double held = fault.injection().heldOrZero();
    return seconds == null ? null : Math.max(0, seconds - held);
  }

  private static String fault(FaultOutcome fault) {
    String name =
        format(
            "%3d %-24s %-20s", fault.number(), fault.target().fault(), fault.target().component());
    if (fault.injection().atSeconds() == null) {
      return name + " NOT INJECTED: " + fault.injection().notInjected();
    }
    return name
        + format(
            " at %6.1f s, held %4.1f s, %4d in flight, recovered %5s s%s%s",
            fault.injection().atSeconds(),
            fault.injection().heldSeconds(),
            fault.recovery().inFlight(),
            Figures.of(recovery(fault), 1),
            fault.recovery().boundSeconds() == null
                ? ""
                : format(
                    " (goal %d s%s)",
                    fault.recovery().boundSeconds(),
                    fault.recovery().disturbed()
                        ? "; the next fault was injected first"
                        : fault.overBound() ? ": MISSED" : ""),
            fault.injection().notHealed() == null
                ? ""
                : ", NOT HEALED: " + fault.injection().notHealed());
  }

  private static void counterexamples(
      StringBuilder text, List<CampaignReport.Counterexample> counterexamples) {
    Map<String, List<CampaignReport.Counterexample>> byInvariant =
        counterexamples.stream()
            .collect(
                Collectors.groupingBy(
                    CampaignReport.Counterexample::invariant,
                    LinkedHashMap::new,
                    Collectors.toList()));
    byInvariant.forEach(
        (invariant, violations) -> {
          violations.stream().limit(EXAMPLES).forEach(example -> example(text, example));
          if (violations.size() > EXAMPLES) {
            line(text, "");
            line(
                text,
                "%s violated %d times more: see verdict.html",
                invariant,
                violations.size() - EXAMPLES);
          }
        });
  }

  private static void example(StringBuilder text, CampaignReport.Counterexample example) {
    line(text, "");
    line(text, "%s violated: %s", example.invariant(), example.what());
    List<String> timeline = example.timeline();
    timeline.forEach(entry -> line(text, "    %s", entry));
  }

  private static void line(StringBuilder text, String format, @Nullable Object... arguments) {
    text.append(format(format, arguments)).append(System.lineSeparator());
  }

  private static String format(String format, @Nullable Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
