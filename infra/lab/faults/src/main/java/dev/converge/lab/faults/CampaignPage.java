package dev.converge.lab.faults;

import dev.converge.lab.checker.InvariantResult;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Page;
import dev.converge.lab.report.SvgPlot;
import dev.converge.lab.report.SvgPlot.Axis;
import dev.converge.lab.report.SvgPlot.Band;
import dev.converge.lab.report.SvgPlot.Caption;
import dev.converge.lab.report.SvgPlot.Mark;
import dev.converge.lab.report.SvgPlot.Point;
import dev.converge.lab.report.SvgPlot.Series;
import dev.converge.lab.report.Table;
import dev.converge.lab.report.Table.Cell;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The verdict as one page. */
final class CampaignPage {
  private static final Axis TIME = new Axis("seconds since the load began", false);

  private final CampaignReport report;
  private final Page page;

  private CampaignPage(CampaignReport report) {
    this.report = report;
    this.page =
        new Page(
            "Converge under faults",
            List.of(
                CampaignText.verdict(report),
                CampaignText.summary(report),
                CampaignText.client(report)));
  }

  static String of(CampaignReport report) {
    return new CampaignPage(report).html();
  }

  private String html() {
    results();
    goals();
    plots();
    faults();
    firstAttempts();
    if (!report.faults().notPossible().isEmpty()) {
      page.heading("Not injected: not possible here");
      report.faults().notPossible().forEach(page::paragraph);
    }
    page.heading("Not injected: not built");
    report.faults().notBuilt().forEach(page::paragraph);
    counterexamples();
    return page.html();
  }

  private void results() {
    page.heading("Invariants");
    Table table = new Table("", "No.", "Invariant", "Checked", "Violations", "");
    for (InvariantResult result : report.verdict().results()) {
      row(
          table,
          result.passes() ? result.tried() ? "good" : "" : "bad",
          result.invariant(),
          result.says(),
          Figures.count(result.checked()),
          Figures.count(result.violations().size()),
          CampaignText.verdict(result));
    }
    page.table(table);
  }

  private void goals() {
    page.heading("Goals");
    page.paragraph("A goal that is missed fails no run.");
    Table table = new Table("", "Goal", "This run", "");
    for (Goal goal : report.goals()) {
      row(table, goal.met() ? "good" : "bad", goal.says(), goal.found(), CampaignText.met(goal));
    }
    page.table(table);
  }

  private void plots() {
    page.heading("Orders over time");
    page.paragraph(
        "Each band is a fault, from its injection until it was healed; point at it for which.");
    page.figures(
        List.of(
            plot(
                "throughput",
                "Orders a second",
                "orders/s",
                series("placed", "post", second -> (double) second.placed()),
                series("completed", "end", second -> (double) second.completed())),
            plot(
                "latency",
                "Time to the answer, and to the end",
                "ms",
                series("slowest POST", "post", OrderSecond::postMillis),
                series("median order to its end", "end", OrderSecond::endMillis)),
            plot(
                "backlog",
                "Orders under way",
                "orders",
                series("placed, not ended", "traced", second -> (double) second.backlog()))));
  }

  private Series series(String name, String style, Function<OrderSecond, @Nullable Double> value) {
    List<Point> points = new ArrayList<>();
    for (OrderSecond second : report.orders().series()) {
      Double y = value.apply(second);
      if (y != null) {
        points.add(new Point(second.second(), y));
      }
    }
    return new Series(name, style, Mark.LINE, points);
  }

  private Page.Figure plot(String id, String title, String unit, Series... series) {
    List<Band> bands =
        report.faults().outcomes().stream()
            .filter(fault -> fault.isInjected())
            .map(CampaignPage::band)
            .toList();
    String description = title + ", second by second, with the faults as bands";
    return new Page.Figure(
        title,
        SvgPlot.chart(
            new Caption(id, title, description),
            TIME,
            new Axis(unit, false),
            List.of(series),
            bands));
  }

  private static Band band(FaultOutcome fault) {
    double from = fault.injection().atSeconds() == null ? 0 : fault.injection().atSeconds();
    double to =
        fault.injection().healedAfterSeconds() == null
            ? from
            : fault.injection().healedAfterSeconds();
    return new Band(
        "",
        fault.target().fault() + " " + fault.target().component(),
        fault.target().family(),
        from,
        to);
  }

  private void faults() {
    page.heading("Faults");
    page.paragraph(
        "Recovered: from the injection to the first order COMPLETED that was placed after it, less"
            + " the time for which the fault was held.");
    Table table =
        new Table(
            "", "No.", "Fault", "Component", "At", "Held", "In flight", "Recovered", "Goal", "");
    for (FaultOutcome fault : report.faults().outcomes()) {
      row(
          table,
          fault.injection().atSeconds() == null || fault.overBound() ? "bad" : "",
          Integer.toString(fault.number()),
          fault.target().fault(),
          fault.target().component(),
          seconds(fault.injection().atSeconds()),
          seconds(fault.injection().heldSeconds()),
          Figures.count(fault.recovery().inFlight()),
          seconds(CampaignText.recovery(fault)),
          fault.recovery().boundSeconds() == null
              ? Figures.NONE
              : fault.recovery().boundSeconds() + " s",
          note(fault));
    }
    page.table(table);
  }

  private void firstAttempts() {
    page.heading("Answered 2xx at the first attempt");
    page.paragraph(CampaignText.firstAttempts(report));
    Table table = new Table("", "Last fault", "Orders", "Answered", "Share");
    for (FirstAttempts tries : report.faults().firstAttempts()) {
      row(
          table,
          "",
          tries.component(),
          Figures.count(tries.orders()),
          Figures.count(tries.answered()),
          CampaignText.share((double) tries.answered() / tries.orders()));
    }
    page.table(table);
  }

  private static String note(FaultOutcome fault) {
    if (fault.injection().notInjected() != null) {
      return "not injected: " + fault.injection().notInjected();
    }
    if (fault.injection().notHealed() != null) {
      return "not healed: " + fault.injection().notHealed();
    }
    return fault.recovery().disturbed() ? "the next fault was injected first" : "";
  }

  private static String seconds(@Nullable Double seconds) {
    return seconds == null ? Figures.NONE : Figures.of(seconds, 1) + " s";
  }

  private void counterexamples() {
    for (CampaignReport.Counterexample example : report.verdict().counterexamples()) {
      page.heading(example.invariant() + " violated: " + example.what());
      page.lines(example.timeline());
    }
  }

  /** A row whose last cell shows the outcome, in its style, too. */
  private static void row(Table table, String lastStyle, String... texts) {
    List<Cell> cells = new ArrayList<>();
    for (int at = 0; at < texts.length; at++) {
      cells.add(at == texts.length - 1 ? Cell.styled(lastStyle, texts[at]) : Cell.of(texts[at]));
    }
    table.row("", cells);
  }
}
