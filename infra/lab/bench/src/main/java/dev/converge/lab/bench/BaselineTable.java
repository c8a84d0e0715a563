package dev.converge.lab.bench;

import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Page;
import dev.converge.lab.report.Table;
import dev.converge.lab.report.Table.Cell;

/** The page's table of the limits of the machine. */
final class BaselineTable {
  private BaselineTable() {}

  static void addTo(Page page, Baseline baseline) {
    page.heading("The baseline");
    page.paragraph("The limits of this machine, measured in the same run.");
    Table table = new Table("headline", "Figure", "Value", "Meaning");
    row(
        table,
        "A database",
        Figures.of(baseline.databaseStartSeconds(), 2) + " s",
        "until it is created, started and answers, alone");
    row(
        table,
        "Two inserts",
        Wording.perSecond(baseline.postgres().twoInsertsPerSecond(), "tx/s"),
        "PostgreSQL alone, 16 clients; with one: "
            + Figures.of(baseline.postgres().twoInsertsOneClientPerSecond(), 0));
    row(
        table,
        "Writes of an order",
        Wording.perSecond(baseline.postgres().orderWritesPerSecond(), "orders/s"),
        "every row that an order takes in all three databases, a transaction each, 16 clients");
    row(
        table,
        "The same, batched",
        Wording.perSecond(baseline.postgres().orderWritesBatchedPerSecond(), "orders/s"),
        "64 orders a transaction; "
            + Figures.of(baseline.postgres().orderWritesWalBytes(), 0)
            + " bytes of log an order");
    row(
        table,
        "One hop",
        Wording.percentiles(baseline.hop().latencies()),
        "append to an outbox until a consumer has the message, 20 a second");
    row(
        table,
        "One hop, at full speed",
        Wording.perSecond(baseline.hop().rowsPerSecond(), "rows/s"),
        Figures.of(baseline.hop().cpuMicrosPerRow(), 0)
            + " µs of CPU a row in PostgreSQL, Connect and the broker");
    row(
        table,
        "Memory",
        Wording.mebibytes(baseline.residentMiB()),
        "all parts, when they had just started");
    page.table(table);
  }

  private static void row(Table table, String name, String value, String what) {
    table.row(Cell.head(name), Cell.of(value), Cell.of(what));
  }
}
