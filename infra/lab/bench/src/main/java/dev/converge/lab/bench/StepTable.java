package dev.converge.lab.bench;

import dev.converge.lab.load.Latencies;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Page;
import dev.converge.lab.report.Table;
import dev.converge.lab.report.Table.Cell;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The page's tables of steps: each step's figures, its ratios, and both by process or database. */
final class StepTable {
  private static final String[] COLUMNS = {
    "Step",
    "",
    "Offered/s",
    "Accepted/s",
    "Completed/s",
    "POST p50",
    "p99",
    "p99.9",
    "→ end p50",
    "p99",
    "p99.9",
    "CPU ms",
    "Commits",
    "WAL bytes",
    "Outbox rows",
    "Orders/tx",
    "Messages/tx",
    "MiB",
    "Lag bytes",
    "Shed",
    "Failed"
  };
  private static final String RATIOS = "ratios";

  private final Page page;
  private final @Nullable Baseline baseline;

  StepTable(Page page, @Nullable Baseline baseline) {
    this.page = page;
    this.baseline = baseline;
  }

  /** Adds the table of some steps, if there are any. */
  void add(String title, List<StepReport> steps) {
    if (steps.isEmpty()) {
      return;
    }
    Table table = new Table("steps", COLUMNS);
    for (StepReport step : steps) {
      BaselineRatios ratios = BaselineRatios.of(step, baseline);
      table.row("", figures(step));
      table.row(RATIOS, ratios(step, ratios));
      parts(table, step, ratios);
    }
    page.heading(title);
    page.table(table);
  }

  private static List<Cell> figures(StepReport step) {
    List<Cell> cells = new ArrayList<>();
    cells.add(Cell.head(step.name()));
    cells.add(
        Cell.styled(step.course().steady() ? "verdict" : "verdict bad", Wording.verdict(step)));
    add(cells, Figures.of(step.rates().offeredPerSecond(), 0));
    add(cells, Figures.of(step.rates().acceptedPerSecond(), 0));
    add(cells, Figures.of(step.rates().completedPerSecond(), 0));
    for (Latencies timed : List.of(step.times().post(), step.times().completed())) {
      add(cells, Figures.of(timed.p50(), 1));
      add(cells, Figures.of(timed.p99(), 1));
      add(cells, Figures.of(timed.p999(), 1));
    }
    add(cells, Figures.of(step.costs().totalCpuMillis(), 2));
    add(cells, Figures.of(step.costs().totalCommits(), 2));
    add(cells, Figures.of(step.costs().totalWalBytes(), 0));
    add(cells, Figures.of(step.costs().outboxRows(), 2));
    add(cells, Figures.of(step.costs().ordersPerTransaction(), 1));
    add(cells, Figures.rounded(step.costs().meanMessagesPerTransaction()));
    add(cells, Figures.count(step.course().totalResidentMiB()));
    add(cells, Figures.count(step.course().outboxLagBytes()));
    add(cells, Figures.count(step.orders().shed()));
    add(cells, Figures.count(step.orders().failed()));
    return cells;
  }

  private static List<Cell> ratios(StepReport step, BaselineRatios ratios) {
    List<Cell> cells = new ArrayList<>();
    cells.add(Cell.head("× its baseline"));
    add(cells, "");
    add(cells, Figures.of(ratios.rates().offered(), 3));
    add(cells, Figures.of(ratios.rates().accepted(), 3));
    add(cells, Figures.of(ratios.rates().completed(), 3));
    for (BaselineRatios.Times timed : List.of(ratios.times().post(), ratios.times().end())) {
      add(cells, Figures.of(timed.p50(), 1));
      add(cells, Figures.of(timed.p99(), 1));
      add(cells, Figures.of(timed.p999(), 1));
    }
    add(cells, Figures.of(ratios.costs().cpu().total(), 2));
    add(cells, Figures.of(ratios.costs().commits().total(), 1));
    add(cells, Figures.of(ratios.costs().wal().total(), 2));
    add(cells, Figures.of(ratios.costs().outboxRows(), 2));
    add(cells, Figures.of(ratios.batches().orders(), 2));
    add(cells, Figures.of(ratios.batches().messages(), 2));
    add(cells, Figures.of(ratios.memory().total(), 2));
    add(cells, Figures.of(ratios.lag(), 0));
    add(cells, ofOffered(step, step.orders().shed()));
    add(cells, ofOffered(step, step.orders().failed()));
    return cells;
  }

  private static void add(List<Cell> cells, String text) {
    cells.add(Cell.of(text));
  }

  private static void parts(Table table, StepReport step, BaselineRatios ratios) {
    across(
        table,
        "CPU ms by process",
        Wording.join(
            Wording.parts(step.costs().cpuMillis(), ratios.costs().cpu()),
            Wording.generator(step, ratios)));
    across(
        table,
        "Commits by database",
        Wording.parts(step.costs().commits(), ratios.costs().commits()));
    across(
        table,
        "WAL bytes by database",
        Wording.parts(step.costs().walBytes(), ratios.costs().wal()));
    across(
        table,
        "Messages/tx by consumer",
        Wording.parts(step.costs().messagesPerTransaction(), ratios.batches().byConsumer()));
    across(table, "MiB by process", Wording.parts(step.course().residentMiB(), ratios.memory()));
    across(table, "Timed", timed(step, ratios));
    across(table, "Completed", completed(ratios.rates()));
  }

  private static void across(Table table, String name, String text) {
    table.row(RATIOS, List.of(Cell.head(name), Cell.across(COLUMNS.length - 1, text)));
  }

  private static String completed(BaselineRatios.Rates rates) {
    return Wording.join(
        Wording.times(rates.singleWrites(), 3, "the writes one by one"),
        Wording.times(rates.batchedWrites(), 3, "the batched writes"));
  }

  private static String timed(StepReport step, BaselineRatios ratios) {
    return Figures.count(step.times().post().count())
        + " POSTs; "
        + Figures.count(step.times().completed().count())
        + " to the end, of which "
        + Figures.count(step.orders().waitsTimedOut())
        + " were answered before it (at least so long); "
        + Figures.count(step.times().refused().count())
        + " refused, after "
        + Wording.join(
            Wording.percentiles(step.times().refused()) + " ms",
            Wording.times(ratios.times().refused(), "one commit"));
  }

  private static String ofOffered(StepReport step, long orders) {
    return step.orders().offered() == 0
        ? ""
        : Figures.percent((double) orders / step.orders().offered());
  }
}
