package dev.converge.lab.bench;

import dev.converge.lab.bench.BaselineRatios.Cost;
import dev.converge.lab.bench.BenchReport.Burst;
import dev.converge.lab.bench.BenchReport.Flood;
import dev.converge.lab.bench.BenchReport.Idle;
import dev.converge.lab.bench.BenchReport.Machine;
import dev.converge.lab.bench.BenchReport.PlatformRatios;
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
    Baseline baseline = report.baseline;
    PlatformRatios platform = report.getPlatformRatios();
    Start start = report.start;
    if (start != null) {
      text.append(
          format(
              "start: ready after %.1f s%s, the first COMPLETED order after %.1f s%s%n",
              start.readySeconds(),
              over(platform.ready(), 1, "one database's"),
              start.firstCompletedSeconds(),
              over(platform.firstCompleted(), 1, "one database's")));
    }
    if (baseline != null) {
      text.append(baseline(baseline));
    }
    StepReport sustained = report.sustained;
    if (sustained != null) {
      text.append(sustained("sustained", sustained, baseline));
    } else if (!report.search.isEmpty()) {
      text.append(format("sustained: no rate was kept up with%n"));
    }
    StepReport allTraced = report.sustainedAllTraced;
    if (allTraced != null) {
      text.append(sustained("sustained with every trace sampled", allTraced, baseline));
    }
    Idle idle = report.idle;
    if (idle != null) {
      text.append(
          format(
              "idle: %.1f %% of one core%s: %s%n      %d MiB%s: %s%n",
              idle.totalCorePercent(),
              over(platform.idle(), 0, "one hop a second"),
              parts(idle.corePercent(), platform.idle()),
              sum(idle.residentMiB()),
              over(platform.idleMemory(), 2, "when just started"),
              parts(idle.residentMiB(), platform.idleMemory())));
    }
    Stream.of(
            report.search.stream(),
            report.steps.stream(),
            report.floodAndBurst().stream(),
            Stream.ofNullable(report.total))
        .flatMap(Function.identity())
        .forEach(step -> text.append(whole(step, baseline)));
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
              "flood: %.0f orders/s completed, %.2f × sustained; %d shed, %d failed%n",
              flood.step().completedPerSecond(),
              flood.ofSustained(),
              flood.step().shed(),
              flood.step().failed()));
    }
    Flood overload = report.overload;
    if (overload != null) {
      text.append(
          format(
              "overload: %.0f orders/s offered, %.0f completed, %.2f × sustained; %d accepted, %d"
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
              "burst of %d: %d accepted, %d ended, %d shed, %d failed, drained after %.1f s, all ended %.1f s after the first was offered%s;"
                  + " memory %d%s -> %d MiB%s%n",
              burst.step().offered(),
              burst.step().accepted(),
              burst.ended(),
              burst.step().shed(),
              burst.step().failed(),
              burst.drainedAfterSeconds(),
              burst.endedAfterSeconds(),
              over(platform.burstEnded(), 2, "the batched writes'"),
              sum(burst.residentBeforeMiB()),
              over(platform.memoryBeforeBurst(), 2, "when just started"),
              sum(burst.residentAfterMiB()),
              over(platform.memoryAfterBurst(), 2, "when just started")));
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

  private static String baseline(Baseline baseline) {
    return format(
        "baseline: one database is made and started in %.2f s;"
            + " %.0f two-insert transactions/s with 16 clients, %.0f with one;"
            + " the writes of %.0f orders/s one by one, %.0f in batches, %.0f bytes of log each;%n"
            + "       one hop %s; %.0f rows/s at %.0f µs of CPU a row; %d MiB when just started%n",
        baseline.databaseStartSeconds(),
        baseline.twoInsertsPerSecond(),
        baseline.twoInsertsOneClientPerSecond(),
        baseline.orderWritesPerSecond(),
        baseline.orderWritesBatchedPerSecond(),
        baseline.orderWritesWalBytes(),
        latencies(baseline.hop()),
        baseline.hopRowsPerSecond(),
        baseline.hopCpuMicrosPerRow(),
        baseline.residentMiB());
  }

  private static String sustained(String what, StepReport step, @Nullable Baseline baseline) {
    return format(
        "%s: %.0f orders/s%s%s; its costs are below%n",
        what,
        step.completedPerSecond(),
        over(
            BaselineRatios.of(step, baseline).rates().completed(),
            3,
            "the two-insert transactions"),
        step.steady() ? "" : " (NOT steady: it fell behind)");
  }

  /** All that a step showed: its line, then each figure, where it arose, and over its baseline. */
  private static String whole(StepReport step, @Nullable Baseline baseline) {
    BaselineRatios ratios = BaselineRatios.of(step, baseline);
    return line(step)
        + format("%n")
        + figure("rates", rates(ratios.rates()))
        + figure(
            "POST",
            format(
                "%s%s; %d timed",
                latencies(step.post()), times(ratios.post(), "one commit"), step.post().count()))
        + figure(
            "POST→end",
            format(
                "%s%s; %d timed, of which %d in vain: at least so long",
                latencies(step.completed()),
                times(ratios.end(), "one hop (median)"),
                step.completed().count(),
                step.waitedInVain()))
        + figure(
            "refused",
            format(
                "%d of %d%s; failed: %d",
                step.shed(),
                step.offered(),
                step.refused().count() == 0
                    ? ""
                    : " after " + latencies(step.refused()) + times(ratios.refused(), "one commit"),
                step.failed()))
        + figure(
            "CPU",
            format(
                "%s ms%s: %s; %s",
                Figures.of(step.totalCpuMillis(), 2),
                over(ratios.cpu(), 2, BaselineRatios.HOPS + " hops"),
                parts(step.cpuMillis(), ratios.cpu()),
                generator(step, ratios)))
        + figure(
            "commits",
            format(
                "%s%s: %s",
                Figures.of(step.totalCommits(), 2),
                over(ratios.commits(), 1, "the batched writes"),
                parts(step.commits(), ratios.commits())))
        + figure(
            "WAL",
            format(
                "%s bytes%s: %s",
                Figures.of(step.totalWalBytes(), 0),
                over(ratios.wal(), 2, "the batched writes"),
                parts(step.walBytes(), ratios.wal())))
        + figure(
            "outbox",
            format(
                "%s rows%s; %,d bytes of lag at most%s",
                Figures.of(step.outboxRows(), 2),
                over(ratios.outboxRows(), 2, "its messages"),
                step.outboxLagBytes(),
                over(ratios.lag(), 0, "the log of an order of the batched writes")))
        + figure(
            "batches",
            format(
                "%s orders a transaction%s; messages: %s%s",
                Figures.of(step.ordersPerTransaction(), 1),
                over(ratios.batches().orders(), 2, "the batched writes"),
                parts(step.messagesPerTransaction(), ratios.batches().byConsumer()),
                over(ratios.batches().messages(), 2, "on average")))
        + figure(
            "memory",
            format(
                "%d MiB%s: %s",
                step.totalResidentMiB(),
                over(ratios.memory(), 2, "when just started"),
                parts(step.residentMiB(), ratios.memory())));
  }

  /** What the load generator itself took. */
  static String generator(StepReport step, BaselineRatios ratios) {
    return "load generator, of orders accepted: "
        + Figures.of(step.generatorCpuMillis(), 2)
        + over(ratios.generatorCpu(), 2, "");
  }

  private static String figure(String name, String text) {
    return format("%14s  %s%n", name, text);
  }

  private static String rates(BaselineRatios.Rates rates) {
    return format(
        "offered %s, accepted %s, completed %s × the two-insert transactions; completed %s × the"
            + " writes one by one, %s × the batched writes",
        Figures.of(rates.offered(), 3),
        Figures.of(rates.accepted(), 3),
        Figures.of(rates.completed(), 3),
        Figures.of(rates.singleWrites(), 3),
        Figures.of(rates.batchedWrites(), 3));
  }

  private static String times(BaselineRatios.Times times, String what) {
    return times.p50() == null
        ? ""
        : format(
            " = %s/%s/%s × %s",
            Figures.of(times.p50(), 1),
            Figures.of(times.p99(), 1),
            Figures.of(times.p999(), 1),
            what);
  }

  private static String over(Cost cost, int decimals, String what) {
    return over(cost.total(), decimals, what);
  }

  private static String over(@Nullable Double ratio, int decimals, String what) {
    return ratio == null
        ? ""
        : (" = " + Figures.of(ratio, decimals) + " × " + what).stripTrailing();
  }

  /** Figures by part, each with its share of the whole's ratio where that is known. */
  static String parts(Map<String, ? extends Number> values, Cost ratios) {
    return parts(values, ratios.parts());
  }

  static String parts(Map<String, ? extends Number> values, Map<String, Double> ratios) {
    return values.isEmpty()
        ? Figures.NONE
        : values.entrySet().stream()
            .map(
                entry ->
                    entry.getKey()
                        + " "
                        + part(entry.getValue())
                        + over(ratios.get(entry.getKey()), 2, ""))
            .collect(Collectors.joining(", "));
  }

  private static String part(Number value) {
    return value instanceof Long whole
        ? Long.toString(whole)
        : Figures.rounded(value.doubleValue());
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

  static long sum(Map<String, Long> values) {
    return values.values().stream().mapToLong(Long::longValue).sum();
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
