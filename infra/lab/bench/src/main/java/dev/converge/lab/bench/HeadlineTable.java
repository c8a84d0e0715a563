package dev.converge.lab.bench;

import dev.converge.lab.bench.BenchReport.Burst;
import dev.converge.lab.bench.BenchReport.Flood;
import dev.converge.lab.bench.BenchReport.Idle;
import dev.converge.lab.bench.BenchReport.PlatformRatios;
import dev.converge.lab.bench.BenchReport.Start;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Page;
import dev.converge.lab.report.Table;
import dev.converge.lab.report.Table.Cell;
import org.jspecify.annotations.Nullable;

/** The page's table of the run's main figures, each beside its ratio to the baseline. */
final class HeadlineTable {
  private final BenchReport report;
  private final @Nullable Baseline baseline;
  private final Table table = new Table("headline", "Figure", "Value", "Comparison and details");

  private HeadlineTable(BenchReport report) {
    this.report = report;
    this.baseline = report.baseline;
  }

  static void addTo(Page page, BenchReport report) {
    page.heading("Performance");
    page.paragraph(
        "Times are p50 / p99 / p99.9 in milliseconds (of fewer than a thousand orders the last is"
            + " the longest); costs are per order that ended.");
    page.table(new HeadlineTable(report).filled());
  }

  private Table filled() {
    sustained();
    allTraced();
    afterFill();
    flood();
    overload();
    burst();
    idle();
    start();
    return table;
  }

  private void allTraced() {
    StepReport allTraced = report.sustainedAllTraced;
    if (allTraced != null) {
      row(
          "Sustained, every trace sampled",
          Wording.perSecond(allTraced.rates().completedPerSecond(), "orders/s"),
          Wording.join(
              twoInserts(allTraced),
              Wording.times(
                  report.sustained == null
                      ? null
                      : Figures.ratio(
                          allTraced.rates().completedPerSecond(),
                          report.sustained.rates().completedPerSecond()),
                  2,
                  "sustained")));
    }
  }

  private void afterFill() {
    StepReport afterFill = report.afterFill;
    if (afterFill != null) {
      row(
          "With " + Figures.count(report.ordersInTables) + " orders in the tables",
          Wording.perSecond(afterFill.rates().completedPerSecond(), "orders/s"),
          Wording.join(
              twoInserts(afterFill),
              post(afterFill),
              "POST→end " + Wording.percentiles(afterFill.times().completed()),
              Wording.times(
                  BaselineRatios.of(afterFill, baseline).times().end(), "one hop (median)"),
              Figures.of(afterFill.costs().totalCpuMillis(), 2) + " ms of CPU",
              Wording.times(
                  BaselineRatios.of(afterFill, baseline).costs().cpu().total(),
                  2,
                  BaselineRatios.HOPS + " hops"),
              Wording.verdict(afterFill)));
    }
  }

  private void idle() {
    PlatformRatios platform = report.getPlatformRatios();
    Idle idle = report.idle;
    if (idle != null) {
      row(
          "Idle",
          Figures.of(idle.totalCorePercent(), 1) + " % of a core",
          Wording.join(
              Wording.times(platform.idle().total(), 0, "one hop a second"),
              Wording.parts(idle.corePercent(), platform.idle()),
              Wording.mebibytes(Wording.sum(idle.residentMiB())) + " resident",
              Wording.times(platform.idleMemory().total(), 2, "when just started")));
    }
  }

  private void start() {
    PlatformRatios platform = report.getPlatformRatios();
    Start start = report.start;
    if (start != null) {
      row(
          "Start, from nothing",
          Figures.of(start.readySeconds(), 1) + " s",
          Wording.join(
              Wording.times(platform.ready(), 1, "one database's"),
              "the first COMPLETED order after "
                  + Figures.of(start.firstCompletedSeconds(), 1)
                  + " s",
              Wording.times(platform.firstCompleted(), 1, "one database's")));
    }
  }

  private void sustained() {
    StepReport step = report.sustained;
    if (step == null) {
      if (!report.search.isEmpty()) {
        row("Sustained", "none", "no rate was kept up with");
      }
      return;
    }
    BaselineRatios ratios = BaselineRatios.of(step, baseline);
    row(
        "Sustained",
        Wording.perSecond(step.rates().completedPerSecond(), "orders/s"),
        Wording.join(
            Wording.times(ratios.rates().completed(), 3, "two-insert tx/s"),
            Wording.times(ratios.rates().singleWrites(), 3, "the writes one by one"),
            Wording.times(ratios.rates().batchedWrites(), 3, "the batched writes"),
            step.course().steady() ? "" : "NOT steady: it fell behind"));
    times(step, ratios);
    costs(step, ratios);
    batchesAndMemory(step, ratios);
  }

  private void times(StepReport step, BaselineRatios ratios) {
    row(
        "POST",
        Wording.percentiles(step.times().post()),
        Wording.join(
            Figures.count(step.times().post().count()) + " orders",
            Wording.times(ratios.times().post(), "one commit")));
    row(
        "POST → end",
        Wording.percentiles(step.times().completed()),
        Wording.join(
            Figures.count(step.times().completed().count()) + " orders",
            Wording.times(ratios.times().end(), "one hop (median)")));
  }

  private void costs(StepReport step, BaselineRatios ratios) {
    row(
        "CPU",
        Figures.of(step.costs().totalCpuMillis(), 2) + " ms",
        Wording.join(
            Wording.times(ratios.costs().cpu().total(), 2, BaselineRatios.HOPS + " hops"),
            Wording.parts(step.costs().cpuMillis(), ratios.costs().cpu()),
            Wording.generator(step, ratios)));
    row(
        "Commits",
        Figures.of(step.costs().totalCommits(), 2),
        Wording.join(
            Wording.times(ratios.costs().commits().total(), 1, "the batched writes"),
            Wording.parts(step.costs().commits(), ratios.costs().commits())));
    row(
        "WAL",
        Figures.of(step.costs().totalWalBytes(), 0) + " bytes",
        Wording.join(
            Wording.times(ratios.costs().wal().total(), 2, "the batched writes"),
            Wording.parts(step.costs().walBytes(), ratios.costs().wal())));
    row(
        "Outbox rows",
        Figures.of(step.costs().outboxRows(), 2),
        Wording.times(ratios.costs().outboxRows(), 2, "its messages"));
  }

  private void batchesAndMemory(StepReport step, BaselineRatios ratios) {
    row(
        "Orders per transaction",
        Figures.of(step.costs().ordersPerTransaction(), 1),
        Wording.join(
            Wording.times(ratios.batches().orders(), 2, "the batched writes"),
            "messages per transaction: "
                + Wording.parts(
                    step.costs().messagesPerTransaction(), ratios.batches().byConsumer())));
    row(
        "Memory",
        Wording.mebibytes(step.course().totalResidentMiB()),
        Wording.join(
            Wording.times(ratios.memory().total(), 2, "when just started"),
            Wording.parts(step.course().residentMiB(), ratios.memory())));
    row(
        "Outbox lag, at most",
        Figures.count(step.course().outboxLagBytes()) + " bytes",
        Wording.times(ratios.lag(), 0, "the log of an order of the batched writes"));
  }

  private void flood() {
    Flood flood = report.flood;
    if (flood != null) {
      StepReport step = flood.step();
      row(
          "Flood of " + step.clients() + " clients",
          Wording.perSecond(step.rates().completedPerSecond(), "orders/s"),
          Wording.join(
              Wording.times(flood.ofSustained(), 2, "sustained"),
              twoInserts(step),
              post(step),
              Figures.count(step.orders().shed()) + " shed",
              Figures.count(step.orders().failed()) + " failed"));
    }
  }

  private void overload() {
    Flood overload = report.overload;
    if (overload != null) {
      StepReport step = overload.step();
      row(
          "Overload: "
              + Wording.perSecond(step.rates().offeredPerSecond(), "orders/s")
              + " offered",
          Wording.perSecond(step.rates().completedPerSecond(), "orders/s"),
          Wording.join(
              Wording.times(overload.ofSustained(), 2, "sustained"),
              twoInserts(step),
              Figures.count(step.orders().accepted()) + " accepted",
              Figures.count(step.orders().shed()) + " shed",
              Figures.count(step.orders().failed()) + " failed",
              post(step)));
    }
  }

  private String twoInserts(StepReport step) {
    return Wording.times(
        BaselineRatios.of(step, baseline).rates().completed(), 3, "two-insert tx/s");
  }

  private String post(StepReport step) {
    return Wording.join(
        "POST " + Wording.percentiles(step.times().post()),
        Wording.times(BaselineRatios.of(step, baseline).times().post(), "one commit"));
  }

  private void burst() {
    Burst burst = report.burst;
    if (burst != null) {
      StepReport step = burst.step();
      PlatformRatios platform = report.getPlatformRatios();
      row(
          "Burst of " + Figures.count(step.orders().offered()),
          "drained after " + Figures.of(burst.drainedAfterSeconds(), 1) + " s",
          Wording.join(
              "all ended "
                  + Figures.of(burst.endedAfterSeconds(), 1)
                  + " s after the first was offered",
              Wording.times(platform.burstEnded(), 2, "the batched writes'"),
              Figures.count(step.orders().accepted()) + " accepted",
              Figures.count(burst.ended()) + " ended",
              Figures.count(step.orders().shed()) + " shed",
              Figures.count(step.orders().failed()) + " failed",
              post(step),
              "memory "
                  + Figures.count(Wording.sum(burst.residentBeforeMiB()))
                  + " → "
                  + Wording.mebibytes(Wording.sum(burst.residentAfterMiB())),
              Wording.times(platform.memoryBeforeBurst().total(), 2, "when just started before"),
              Wording.times(platform.memoryAfterBurst().total(), 2, "after")));
    }
  }

  private void row(String name, String value, String beside) {
    table.row(Cell.head(name), Cell.of(value), Cell.of(beside));
  }
}
