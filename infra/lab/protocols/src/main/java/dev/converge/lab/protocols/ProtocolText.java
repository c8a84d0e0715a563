package dev.converge.lab.protocols;

import dev.converge.lab.report.Figures;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The report as text. Pure. */
final class ProtocolText {
  private static final String ROW = "%-16s %12s %7s %9s %9s %12s %10s %12s%n";

  private ProtocolText() {}

  static String of(ProtocolReport report) {
    StringBuilder text = new StringBuilder();
    text.append(verdict(report)).append(System.lineSeparator());
    text.append(settings(report)).append(System.lineSeparator());
    text.append(machine(report)).append(System.lineSeparator()).append(System.lineSeparator());
    text.append(
        String.format(
            Locale.ROOT,
            ROW,
            "protocol",
            "unavailable",
            "2xx",
            "in doubt",
            "divergent",
            "apart (p50)",
            "fractured",
            "orders/s hot"));
    for (ProtocolResult result : report.protocols()) {
      text.append(
          String.format(
              Locale.ROOT,
              ROW,
              result.protocol(),
              result.unavailableSeconds() + " s",
              Goals.percent(Figures.ratio((double) result.ok(), (double) result.offered())),
              Figures.of(result.inDoubt().oldestMillis() / 1_000, 1) + " s",
              Figures.count(result.finalState().divergentOrders()),
              Figures.rounded(result.window().p50()) + " ms",
              Figures.percent(result.fractured().share()),
              hottest(result)));
    }
    text.append(System.lineSeparator());
    for (Goal goal : report.goals()) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-7s %-16s %s: %s%n",
              goal.met() ? "met" : "MISSED",
              goal.about(),
              goal.says(),
              goal.found()));
    }
    return text.toString();
  }

  private static String hottest(ProtocolResult result) {
    return result.contention().isEmpty()
        ? Figures.NONE
        : Figures.rounded(
            result.contention().get(result.contention().size() - 1).completedPerSecond());
  }

  static String verdict(ProtocolReport report) {
    long missed = report.goals().stream().filter(goal -> !goal.met()).count();
    String found =
        missed == 0
            ? "Every protocol kept its promise: " + report.goals().size() + " goals met."
            : missed + " of " + report.goals().size() + " goals missed.";
    return report.brokenOff() == null ? found : "Broken off: " + report.brokenOff() + ". " + found;
  }

  static String settings(ProtocolReport report) {
    return String.format(
        Locale.ROOT,
        "Seed %d; %s; %.0f orders/s for %.0f s each, %.0f %% of them for one item; took %.1f min.",
        report.settings().seed(),
        String.join(", ", report.settings().protocols()),
        report.settings().ordersPerSecond(),
        report.plan().lengthMillis() / 1e3,
        report.settings().hotShare() * 100,
        report.tookSeconds() / 60);
  }

  static String machine(ProtocolReport report) {
    ProtocolReport.Machine machine = report.machine();
    return String.format(
        Locale.ROOT,
        "%d cores, %,d MiB, %s, Java %s. Compare ratios within a run, not seconds between machines.",
        machine.cores(),
        machine.memoryMiB(),
        machine.os(),
        machine.java());
  }

  /** A divergent order in words. */
  static String counterexample(OrderEffects order) {
    List<Long> times = new ArrayList<>();
    for (Long at : new Long[] {order.orderAt(), order.stockAt(), order.moneyAt()}) {
      if (at != null) {
        times.add(at);
      }
    }
    long first = times.stream().mapToLong(Long::longValue).min().orElse(0);
    return order.orderId()
        + ": "
        + List.of(
                effect("complete", order.orderAt(), first),
                effect("shipped", order.stockAt(), first),
                effect("paid", order.moneyAt(), first))
            .stream()
            .collect(Collectors.joining(", "));
  }

  private static String effect(String name, @Nullable Long at, long first) {
    return at == null
        ? "not " + name
        : String.format(Locale.ROOT, "%s at +%.0f ms", name, (at - first) / 1e3);
  }
}
