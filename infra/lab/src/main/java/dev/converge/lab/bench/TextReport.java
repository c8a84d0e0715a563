package dev.converge.lab.bench;

import dev.converge.lab.bench.BenchReport.Burst;
import dev.converge.lab.bench.BenchReport.Flood;
import dev.converge.lab.bench.BenchReport.Machine;
import dev.converge.lab.bench.BenchReport.Start;
import dev.converge.lab.load.Latencies;
import dev.converge.lab.report.Figures;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The report for the terminal. */
final class TextReport {
  private TextReport() {}

  /** One step on one line. */
  static String line(StepReport step) {
    return format(
        "%-12s offered %6.0f/s  accepted %6.0f/s  completed %6.0f/s  %-7s POST %s  POST→end %s"
            + "  CPU %s ms  commits %s  WAL %s KB  rows %s",
        step.name(),
        step.offeredPerSecond(),
        step.acceptedPerSecond(),
        step.completedPerSecond(),
        verdict(step),
        latencies(step.post()),
        latencies(step.completed()),
        Figures.of(step.totalCpuMillis(), 2),
        Figures.of(step.totalCommits(), 2),
        Figures.of(Figures.ratio(step.totalWalBytes(), 1_000.0), 1),
        Figures.of(step.outboxRows(), 2));
  }

  /** How a step went; a closed loop cannot fall behind, nor can many steps together. */
  static String verdict(StepReport step) {
    if (step.backlog().isEmpty()) {
      return "";
    }
    if (step.clients() > 0) {
      return "closed";
    }
    return step.steady() ? "steady" : "behind";
  }

  static String of(BenchReport report) {
    StringBuilder text = new StringBuilder();
    text.append(
        format(
            "%n%s; traces sampled: %s%nTimes are p50/p99/p99.9 (of few orders the last is the"
                + " longest); costs are per order.%n",
            machine(report.machine), Figures.percent(report.tracesSampled)));
    Start start = report.start;
    if (start != null) {
      text.append(
          format(
              "start: ready after %.1f s, the first COMPLETED order after %.1f s%n",
              start.readySeconds(), start.firstCompletedSeconds()));
    }
    Floor floor = report.floor;
    if (floor != null) {
      text.append(floor(floor));
    }
    StepReport sustained = report.sustained;
    if (sustained != null) {
      text.append(sustained(floor, sustained));
    } else if (!report.search.isEmpty()) {
      text.append(format("sustained: no rate was kept up with%n"));
    }
    StepReport allTraced = report.sustainedAllTraced;
    if (allTraced != null) {
      text.append(
          format(
              "sustained with every trace sampled: %.0f orders/s (%s x the two-insert"
                  + " transactions)%n",
              allTraced.completedPerSecond(),
              Figures.of(FloorRatios.of(allTraced, floor).throughput(), 3)));
    }
    if (report.idle != null) {
      text.append(
          format(
              "idle: %.1f %% of one core, %d MiB%s%n",
              report.idle.totalCorePercent(),
              sum(report.idle.residentMiB()),
              timesJustStarted(floor, report.idle.residentMiB())));
    }
    Stream.of(
            report.search.stream(),
            report.steps.stream(),
            report.floodAndBurst().stream(),
            Stream.ofNullable(report.total))
        .flatMap(Function.identity())
        .forEach(step -> text.append(whole(step, floor)));
    if (report.afterFill != null) {
      text.append(
          format(
              "(%s: with %d orders in the tables)%n",
              report.afterFill.name(), report.ordersInTables));
    }
    Flood flood = report.flood;
    if (flood != null) {
      text.append(
          format(
              "flood: %.0f orders/s completed, %.2f x sustained; %d shed, %d failed%n",
              flood.step().completedPerSecond(),
              flood.ofSustained(),
              flood.step().shed(),
              flood.step().failed()));
    }
    Flood overload = report.overload;
    if (overload != null) {
      text.append(
          format(
              "overload: %.0f orders/s offered, %.0f completed, %.2f x sustained; %d accepted, %d"
                  + " shed, %d failed%n",
              overload.step().offeredPerSecond(),
              overload.step().completedPerSecond(),
              overload.ofSustained(),
              overload.step().accepted(),
              overload.step().shed(),
              overload.step().failed()));
    }
    Burst burst = report.burst;
    if (burst != null) {
      text.append(
          format(
              "burst of %d: %d accepted, %d ended, %d shed, %d failed, drained after %.1f s;"
                  + " memory %d -> %d MiB%s%n",
              burst.step().offered(),
              burst.step().accepted(),
              burst.ended(),
              burst.step().shed(),
              burst.step().failed(),
              burst.drainedAfterSeconds(),
              sum(burst.residentBeforeMiB()),
              sum(burst.residentAfterMiB()),
              timesJustStarted(floor, burst.residentAfterMiB())));
    }
    if (report.brokenOff != null) {
      text.append(format("broken off: %s%n", report.brokenOff));
    }
    return text.toString();
  }

  static String machine(Machine machine) {
    return format(
        "%d cores, %,d MiB, %s, Java %s",
        machine.cores(), machine.memoryMiB(), machine.os(), machine.java());
  }

  private static String floor(Floor floor) {
    return format(
        "floor: %.0f two-insert transactions/s with 16 clients, %.0f with one;"
            + " the writes of %.0f orders/s one by one, %.0f in batches, %.0f bytes of log each;%n"
            + "       one hop %s; %.0f rows/s at %.0f µs of CPU a row; %d MiB when just started%n",
        floor.twoInsertsPerSecond(),
        floor.twoInsertsOneClientPerSecond(),
        floor.orderWritesPerSecond(),
        floor.orderWritesBatchedPerSecond(),
        floor.orderWritesWalBytes(),
        latencies(floor.hop()),
        floor.hopRowsPerSecond(),
        floor.hopCpuMicrosPerRow(),
        floor.residentMiB());
  }

  private static String sustained(@Nullable Floor floor, StepReport step) {
    FloorRatios ratios = FloorRatios.of(step, floor);
    return format(
        "sustained: %.0f orders/s = %s x the two-insert transactions, %s x the writes one by one,"
            + " %s x the batched writes%s%n"
            + "  POST      %s = %s/%s/%s x one commit%n"
            + "  POST→end  %s = %s/%s/%s x one hop's%n"
            + "  CPU       %s ms an order = %s x %d hops: %s; load generator %s%n"
            + "  commits   %s an order = %s x the batched writes: %s%n"
            + "  WAL       %s bytes an order = %s x the batched writes: %s%n"
            + "  outbox    %s rows an order = %s x its messages; %,d bytes of lag at most = the log of %s orders of"
            + " the batched writes%n"
            + "  batches   %s orders a transaction = %s x the batched writes; messages: %s%n"
            + "  memory    %d MiB = %s x when just started%n",
        step.completedPerSecond(),
        Figures.of(ratios.throughput(), 3),
        Figures.of(ratios.singleThroughput(), 3),
        Figures.of(ratios.batchedThroughput(), 3),
        step.steady() ? "" : " (NOT steady: it fell behind)",
        latencies(step.post()),
        Figures.of(ratios.post(), 1),
        Figures.of(ratios.postP99(), 1),
        Figures.of(ratios.postP999(), 1),
        latencies(step.completed()),
        Figures.of(ratios.end(), 1),
        Figures.of(ratios.endP99(), 1),
        Figures.of(ratios.endP999(), 1),
        Figures.of(step.totalCpuMillis(), 2),
        Figures.of(ratios.cpu(), 1),
        FloorRatios.HOPS,
        parts(step.cpuMillis()),
        Figures.of(step.generatorCpuMillis(), 2),
        Figures.of(step.totalCommits(), 2),
        Figures.of(ratios.commits(), 1),
        parts(step.commits()),
        Figures.of(step.totalWalBytes(), 0),
        Figures.of(ratios.wal(), 2),
        parts(step.walBytes()),
        Figures.of(step.outboxRows(), 2),
        Figures.of(ratios.outboxRows(), 2),
        step.outboxLagBytes(),
        Figures.of(ratios.lag(), 0),
        Figures.of(step.ordersPerTransaction(), 1),
        Figures.of(ratios.transaction(), 2),
        parts(step.messagesPerTransaction()),
        step.totalResidentMiB(),
        Figures.of(ratios.memory(), 2));
  }

  /** All that a step showed: its line, its ratios, and where its costs were. */
  private static String whole(StepReport step, @Nullable Floor floor) {
    return line(step) + format("%n") + ratios(step, floor) + costs(step);
  }

  private static String costs(StepReport step) {
    return format(
        "%14s CPU ms: %s%n%14s commits: %s  WAL bytes: %s%n",
        "", parts(step.cpuMillis()), "", parts(step.commits()), parts(step.walBytes()));
  }

  private static String ratios(StepReport step, @Nullable Floor floor) {
    FloorRatios ratios = FloorRatios.of(step, floor);
    return format(
        "%14s accepted %s, completed %s x two-insert transactions (%s x the writes one by one, %s x"
            + " batched)  POST %s/%s/%s x one commit"
            + "  POST→end %s/%s/%s x one hop's  CPU %s x %d hops"
            + "  commits %s, WAL %s x batched writes  rows %s x messages%n"
            + "%14s orders a transaction: %s (%s x batched writes)  messages a transaction: %s (%s x"
            + " batched writes)  memory %d MiB (%s x just started)  lag at most %,d bytes (the log of %s orders)%n"
            + "%14s timed: %d POSTs, %d to the end, of which %d in vain; refused: %d, after %s%n",
        "=",
        Figures.of(ratios.accepted(), 3),
        Figures.of(ratios.throughput(), 3),
        Figures.of(ratios.singleThroughput(), 3),
        Figures.of(ratios.batchedThroughput(), 3),
        Figures.of(ratios.post(), 1),
        Figures.of(ratios.postP99(), 1),
        Figures.of(ratios.postP999(), 1),
        Figures.of(ratios.end(), 1),
        Figures.of(ratios.endP99(), 1),
        Figures.of(ratios.endP999(), 1),
        Figures.of(ratios.cpu(), 1),
        FloorRatios.HOPS,
        Figures.of(ratios.commits(), 1),
        Figures.of(ratios.wal(), 2),
        Figures.of(ratios.outboxRows(), 2),
        "",
        Figures.of(step.ordersPerTransaction(), 1),
        Figures.of(ratios.transaction(), 2),
        parts(step.messagesPerTransaction()),
        Figures.of(ratios.messages(), 2),
        step.totalResidentMiB(),
        Figures.of(ratios.memory(), 2),
        step.outboxLagBytes(),
        Figures.of(ratios.lag(), 0),
        "",
        step.post().count(),
        step.completed().count(),
        step.waitedInVain(),
        step.refused().count(),
        latencies(step.refused()));
  }

  static String parts(Map<String, Double> values) {
    return values.isEmpty()
        ? Figures.NONE
        : values.entrySet().stream()
            .map(entry -> entry.getKey() + " " + Figures.rounded(entry.getValue()))
            .collect(Collectors.joining(", "));
  }

  static String latencies(Latencies latencies) {
    return latencies.count() == 0
        ? Figures.NONE
        : format(
            "%s/%s/%s ms",
            Figures.of(latencies.p50(), 1),
            Figures.of(latencies.p99(), 1),
            Figures.of(latencies.p999(), 1));
  }

  /** Memory over that of the parts when they had just started. */
  static String timesJustStarted(@Nullable Floor floor, Map<String, Long> residentMiB) {
    return floor == null
        ? ""
        : " = "
            + Figures.of(Figures.ratio((double) sum(residentMiB), (double) floor.residentMiB()), 2)
            + " x when just started";
  }

  static long sum(Map<String, Long> values) {
    return values.values().stream().mapToLong(Long::longValue).sum();
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
