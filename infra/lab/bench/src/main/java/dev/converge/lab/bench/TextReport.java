package dev.converge.lab.bench;

import dev.converge.lab.bench.BenchReport.Burst;
import dev.converge.lab.bench.BenchReport.Flood;
import dev.converge.lab.bench.BenchReport.Idle;
import dev.converge.lab.bench.BenchReport.PlatformRatios;
import dev.converge.lab.bench.BenchReport.Start;
import dev.converge.lab.load.Latencies;
import dev.converge.lab.report.Figures;
import java.util.Locale;
import java.util.function.Function;
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
        step.rates().offeredPerSecond(),
        step.rates().acceptedPerSecond(),
        step.rates().completedPerSecond(),
        Wording.verdict(step),
        latencies(step.times().post()),
        latencies(step.times().completed()),
        Figures.of(step.costs().totalCpuMillis(), 2),
        Figures.of(step.costs().totalCommits(), 2),
        Figures.of(Figures.ratio(step.costs().totalWalBytes(), 1_000.0), 1),
        Figures.of(step.costs().outboxRows(), 2));
  }

  static String of(BenchReport report) {
    return introduction(report)
        + start(report)
        + (report.baseline == null ? "" : baseline(report.baseline))
        + sustained(report)
        + idle(report)
        + steps(report)
        + flood(report)
        + overload(report)
        + burst(report)
        + (report.brokenOff == null ? "" : format("broken off: %s%n", report.brokenOff));
  }

  private static String introduction(BenchReport report) {
    return format(
        "%n%s; traces sampled: %s%nTimes are p50/p99/p99.9 (of few orders the last is the"
            + " longest); costs are per order.%n",
        Wording.machine(report.machine), Figures.percent(report.tracesSampled));
  }

  private static String start(BenchReport report) {
    Start start = report.start;
    PlatformRatios platform = report.getPlatformRatios();
    return start == null
        ? ""
        : format(
            "start: ready after %.1f s%s, the first COMPLETED order after %.1f s%s%n",
            start.readySeconds(),
            Wording.over(platform.ready(), 1, "one database's"),
            start.firstCompletedSeconds(),
            Wording.over(platform.firstCompleted(), 1, "one database's"));
  }

  private static String sustained(BenchReport report) {
    StepReport sustained = report.sustained;
    StepReport allTraced = report.sustainedAllTraced;
    String none = report.search.isEmpty() ? "" : format("sustained: no rate was kept up with%n");
    return (sustained == null ? none : sustained("sustained", sustained, report.baseline))
        + (allTraced == null
            ? ""
            : sustained("sustained with every trace sampled", allTraced, report.baseline));
  }

  private static String idle(BenchReport report) {
    Idle idle = report.idle;
    PlatformRatios platform = report.getPlatformRatios();
    return idle == null
        ? ""
        : format(
            "idle: %.1f %% of one core%s: %s%n      %d MiB%s: %s%n",
            idle.totalCorePercent(),
            Wording.over(platform.idle(), 0, "one hop a second"),
            Wording.parts(idle.corePercent(), platform.idle()),
            Wording.sum(idle.residentMiB()),
            Wording.over(platform.idleMemory(), 2, "when just started"),
            Wording.parts(idle.residentMiB(), platform.idleMemory()));
  }

  private static String steps(BenchReport report) {
    StringBuilder text = new StringBuilder();
    Stream.of(
            report.search.stream(),
            report.steps.stream(),
            report.floodAndBurst().stream(),
            Stream.ofNullable(report.total))
        .flatMap(Function.identity())
        .forEach(step -> text.append(whole(step, report.baseline)));
    if (report.afterFill != null) {
      text.append(
          format(
              "(%s: with %d orders in the tables)%n",
              report.afterFill.name(), report.ordersInTables));
    }
    return text.toString();
  }

  private static String flood(BenchReport report) {
    Flood flood = report.flood;
    return flood == null
        ? ""
        : format(
            "flood: %.0f orders/s completed, %.2f × sustained; %d shed, %d failed%n",
            flood.step().rates().completedPerSecond(),
            flood.ofSustained(),
            flood.step().orders().shed(),
            flood.step().orders().failed());
  }

  private static String overload(BenchReport report) {
    Flood overload = report.overload;
    return overload == null
        ? ""
        : format(
            "overload: %.0f orders/s offered, %.0f completed, %.2f × sustained; %d accepted, %d"
                + " shed, %d failed%n",
            overload.step().rates().offeredPerSecond(),
            overload.step().rates().completedPerSecond(),
            overload.ofSustained(),
            overload.step().orders().accepted(),
            overload.step().orders().shed(),
            overload.step().orders().failed());
  }

  private static String burst(BenchReport report) {
    Burst burst = report.burst;
    PlatformRatios platform = report.getPlatformRatios();
    return burst == null
        ? ""
        : format(
            "burst of %d: %d accepted, %d ended, %d shed, %d failed, drained after %.1f s,"
                + " all ended %.1f s after the first was offered%s;"
                + " memory %d%s -> %d MiB%s%n",
            burst.step().orders().offered(),
            burst.step().orders().accepted(),
            burst.ended(),
            burst.step().orders().shed(),
            burst.step().orders().failed(),
            burst.drainedAfterSeconds(),
            burst.endedAfterSeconds(),
            Wording.over(platform.burstEnded(), 2, "the batched writes'"),
            Wording.sum(burst.residentBeforeMiB()),
            Wording.over(platform.memoryBeforeBurst(), 2, "when just started"),
            Wording.sum(burst.residentAfterMiB()),
            Wording.over(platform.memoryAfterBurst(), 2, "when just started"));
  }

  private static String baseline(Baseline baseline) {
    return format(
        "baseline: one database is created and started in %.2f s;"
            + " %.0f two-insert transactions/s with 16 clients, %.0f with one;"
            + " the writes of %.0f orders/s one by one, %.0f in batches, %.0f bytes of log each;%n"
            + "       one hop %s; %.0f rows/s at %.0f µs of CPU a row; %d MiB when just started%n",
        baseline.databaseStartSeconds(),
        baseline.postgres().twoInsertsPerSecond(),
        baseline.postgres().twoInsertsOneClientPerSecond(),
        baseline.postgres().orderWritesPerSecond(),
        baseline.postgres().orderWritesBatchedPerSecond(),
        baseline.postgres().orderWritesWalBytes(),
        latencies(baseline.hop().latencies()),
        baseline.hop().rowsPerSecond(),
        baseline.hop().cpuMicrosPerRow(),
        baseline.residentMiB());
  }

  private static String sustained(String what, StepReport step, @Nullable Baseline baseline) {
    return format(
        "%s: %.0f orders/s%s%s; its costs are below%n",
        what,
        step.rates().completedPerSecond(),
        Wording.over(
            BaselineRatios.of(step, baseline).rates().completed(),
            3,
            "the two-insert transactions"),
        step.course().steady() ? "" : " (NOT steady: it fell behind)");
  }

  /** All figures of a step: its line, then each figure, by its origin, and over its baseline. */
  private static String whole(StepReport step, @Nullable Baseline baseline) {
    BaselineRatios ratios = BaselineRatios.of(step, baseline);
    return line(step)
        + format("%n")
        + figure("rates", rates(ratios.rates()))
        + figure(
            "POST",
            format(
                "%s%s; %d timed",
                latencies(step.times().post()),
                times(ratios.times().post(), "one commit"),
                step.times().post().count()))
        + figure(
            "POST→end",
            format(
                "%s%s; %d timed, of which %d had not ended, so these are lower bounds",
                latencies(step.times().completed()),
                times(ratios.times().end(), "one hop (median)"),
                step.times().completed().count(),
                step.orders().waitsTimedOut()))
        + figure(
            "refused",
            format(
                "%d of %d%s; failed: %d",
                step.orders().shed(),
                step.orders().offered(),
                step.times().refused().count() == 0
                    ? ""
                    : " after "
                        + latencies(step.times().refused())
                        + times(ratios.times().refused(), "one commit"),
                step.orders().failed()))
        + costs(step, ratios);
  }

  private static String costs(StepReport step, BaselineRatios ratios) {
    return figure(
            "CPU",
            format(
                "%s ms%s: %s; %s",
                Figures.of(step.costs().totalCpuMillis(), 2),
                Wording.over(ratios.costs().cpu(), 2, BaselineRatios.HOPS + " hops"),
                Wording.parts(step.costs().cpuMillis(), ratios.costs().cpu()),
                Wording.generator(step, ratios)))
        + figure(
            "commits",
            format(
                "%s%s: %s",
                Figures.of(step.costs().totalCommits(), 2),
                Wording.over(ratios.costs().commits(), 1, "the batched writes"),
                Wording.parts(step.costs().commits(), ratios.costs().commits())))
        + figure(
            "WAL",
            format(
                "%s bytes%s: %s",
                Figures.of(step.costs().totalWalBytes(), 0),
                Wording.over(ratios.costs().wal(), 2, "the batched writes"),
                Wording.parts(step.costs().walBytes(), ratios.costs().wal())))
        + figure(
            "outbox",
            format(
                "%s rows%s; %,d bytes of lag at most%s",
                Figures.of(step.costs().outboxRows(), 2),
                Wording.over(ratios.costs().outboxRows(), 2, "its messages"),
                step.course().outboxLagBytes(),
                Wording.over(ratios.lag(), 0, "the log of an order of the batched writes")))
        + figure(
            "batches",
            format(
                "%s orders a transaction%s; messages: %s%s",
                Figures.of(step.costs().ordersPerTransaction(), 1),
                Wording.over(ratios.batches().orders(), 2, "the batched writes"),
                Wording.parts(step.costs().messagesPerTransaction(), ratios.batches().byConsumer()),
                Wording.over(ratios.batches().messages(), 2, "on average")))
        + figure(
            "memory",
            format(
                "%d MiB%s: %s",
                step.course().totalResidentMiB(),
                Wording.over(ratios.memory(), 2, "when just started"),
                Wording.parts(step.course().residentMiB(), ratios.memory())));
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

  static String latencies(Latencies latencies) {
    return latencies.count() == 0
        ? Figures.NONE
        : format(
            "%s/%s/%s ms",
            Figures.of(latencies.p50(), 1),
            Figures.of(latencies.p99(), 1),
            Figures.of(latencies.p999(), 1));
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
