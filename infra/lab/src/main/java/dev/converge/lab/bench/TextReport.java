package dev.converge.lab.bench;

import dev.converge.lab.load.Latencies;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The report for the terminal. */
final class TextReport {
  private TextReport() {}

  /** One step on one line. */
  static String line(StepReport step) {
    return format(
        "%-12s offered %6.0f/s  accepted %6.0f/s  completed %6.0f/s  %-7s POST %s  POST→end %s"
            + "  CPU %.2f ms  commits %.2f  WAL %.1f KB  rows %.2f",
        step.name(),
        step.offeredPerSecond(),
        step.acceptedPerSecond(),
        step.completedPerSecond(),
        step.steady() ? "steady" : "behind",
        latencies(step.post()),
        latencies(step.completed()),
        step.totalCpuMillis(),
        step.totalCommits(),
        step.totalWalBytes() / 1_000,
        step.outboxRows());
  }

  static String of(BenchReport report) {
    StringBuilder text = new StringBuilder();
    text.append(
        format(
            "%nMachine: %d cores, %d MiB, %s, Java %s; traces sampled: %.0f %%%n",
            report.machine.cores(),
            report.machine.memoryMiB(),
            report.machine.os(),
            report.machine.java(),
            report.tracesSampled * 100));
    Floor floor = report.floor;
    StepReport sustained = report.sustained;
    if (report.start != null) {
      text.append(
          format(
              "up to the first COMPLETED order: %.1f s%n", report.start.firstCompletedSeconds()));
    }
    if (floor != null) {
      text.append(floor(floor));
    }
    if (floor != null && sustained != null) {
      text.append(sustained(floor, sustained));
    }
    if (report.sustainedAllTraced != null && floor != null) {
      text.append(
          format(
              "sustained with every trace sampled: %.0f orders/s (%.3f x)%n",
              report.sustainedAllTraced.completedPerSecond(),
              report.sustainedAllTraced.completedPerSecond() / floor.twoInsertsPerSecond()));
    }
    if (report.idle != null) {
      text.append(format("idle: %.1f %% of one core%n", report.idle.corePercent()));
    }
    report.steps.forEach(step -> text.append(line(step)).append(System.lineSeparator()));
    if (report.flood != null) {
      text.append(
          format(
              "flood: %.0f orders/s completed, %.2f x sustained; %d shed, %d failed%n",
              report.flood.step().completedPerSecond(),
              report.flood.ofSustained(),
              report.flood.step().shed(),
              report.flood.step().failed()));
    }
    if (report.burst != null) {
      text.append(
          format(
              "burst of %d: %d accepted, %d ended, %d shed, %d failed, drained after %.1f s;"
                  + " memory %d -> %d MiB%n",
              report.burst.step().offered(),
              report.burst.step().accepted(),
              report.burst.ended(),
              report.burst.step().shed(),
              report.burst.step().failed(),
              report.burst.drainedAfterSeconds(),
              sum(report.burst.residentBeforeMiB()),
              sum(report.burst.residentAfterMiB())));
    }
    return text.toString();
  }

  private static String floor(Floor floor) {
    return format(
        "floor: %.0f two-insert transactions/s with 16 clients, %.0f with one;"
            + " the writes of %.0f orders/s one by one, %.0f in batches;%n"
            + "       one hop %s; %.0f rows/s at %.0f µs of CPU a row%n",
        floor.twoInsertsPerSecond(),
        floor.twoInsertsOneClientPerSecond(),
        floor.orderWritesPerSecond(),
        floor.orderWritesBatchedPerSecond(),
        latencies(floor.hop()),
        floor.hopRowsPerSecond(),
        floor.hopCpuMicrosPerRow());
  }

  private static String sustained(Floor floor, StepReport step) {
    return format(
        "sustained: %.0f orders/s = %.3f x the two-insert transactions, %.3f x the batched writes%n"
            + "  POST      %s%n"
            + "  POST→end  %s = %.1f x one hop (p50)%n"
            + "  CPU       %.2f ms an order = %.1f x 7 hops: %s; load generator %.2f%n"
            + "  commits   %.2f an order: %s%n"
            + "  WAL       %.0f bytes an order: %s%n"
            + "  outbox    %.2f rows an order; %d bytes of lag at most%n"
            + "  batches   %.1f orders a transaction; messages: %s%n"
            + "  memory    %d MiB%n",
        step.completedPerSecond(),
        step.completedPerSecond() / floor.twoInsertsPerSecond(),
        step.completedPerSecond() / floor.orderWritesBatchedPerSecond(),
        latencies(step.post()),
        latencies(step.completed()),
        step.completed().p50() / floor.hop().p50(),
        step.totalCpuMillis(),
        step.totalCpuMillis() * 1_000 / (7 * floor.hopCpuMicrosPerRow()),
        parts(step.cpuMillis()),
        step.generatorCpuMillis(),
        step.totalCommits(),
        parts(step.commits()),
        step.totalWalBytes(),
        parts(step.walBytes()),
        step.outboxRows(),
        step.outboxLagBytes(),
        step.ordersPerTransaction(),
        parts(step.messagesPerTransaction()),
        step.totalResidentMiB());
  }

  private static String parts(Map<String, Double> values) {
    return values.entrySet().stream()
        .map(
            entry ->
                format(
                    entry.getValue() < 20 ? "%s %.2f" : "%s %.0f",
                    entry.getKey(),
                    entry.getValue()))
        .collect(Collectors.joining(", "));
  }

  static String latencies(Latencies latencies) {
    return format("%.1f/%.1f/%.1f ms", latencies.p50(), latencies.p99(), latencies.p999());
  }

  static long sum(Map<String, Long> values) {
    return values.values().stream().mapToLong(Long::longValue).sum();
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
