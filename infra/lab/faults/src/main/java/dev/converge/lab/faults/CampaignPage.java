package dev.converge.lab.faults;

import dev.converge.lab.checker.Finding;
import dev.converge.lab.faults.CampaignReport.Second;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Stylesheet;
import dev.converge.lab.report.SvgPlot;
import dev.converge.lab.report.SvgPlot.Axis;
import dev.converge.lab.report.SvgPlot.Band;
import dev.converge.lab.report.SvgPlot.Caption;
import dev.converge.lab.report.SvgPlot.Mark;
import dev.converge.lab.report.SvgPlot.Point;
import dev.converge.lab.report.SvgPlot.Series;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The verdict as one page that needs no network and runs no script. It is well-formed XML, too. */
final class CampaignPage {
  private static final Axis TIME = new Axis("seconds since the load began", false);

  private final CampaignReport report;
  private final StringBuilder page = new StringBuilder();

  private CampaignPage(CampaignReport report) {
    this.report = report;
  }

  static String of(CampaignReport report) {
    return new CampaignPage(report).draw();
  }

  private String draw() {
    page.append(
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <title>Converge under faults</title>
        <style>
        """);
    page.append(Stylesheet.css())
        .append("</style>\n</head>\n<body>\n<header>\n<h1>Converge under faults</h1>\n");
    paragraph(CampaignText.verdict(report));
    paragraph(CampaignText.summary(report));
    paragraph(CampaignText.client(report));
    page.append("</header>\n<main>\n");
    findings();
    goals();
    plots();
    faults();
    firstAttempts();
    if (!report.notPossible().isEmpty()) {
      heading("Not injected: not possible here");
      report.notPossible().forEach(this::paragraph);
    }
    heading("Not injected: not built");
    report.notBuilt().forEach(this::paragraph);
    counterexamples();
    return page.append("</main>\n</body>\n</html>\n").toString();
  }

  private void findings() {
    heading("What must hold");
    table("No.", "What", "Checked", "Violations", "");
    for (Finding finding : report.findings()) {
      row(
          finding.passes() ? finding.tried() ? "good" : "" : "bad",
          finding.invariant(),
          finding.says(),
          Figures.count(finding.checked()),
          Figures.count(finding.violations().size()),
          CampaignText.verdict(finding));
    }
    endTable();
  }

  private void goals() {
    heading("Goals");
    paragraph("A goal that is missed fails no run.");
    table("Goal", "This run", "");
    for (Goal goal : report.goals()) {
      row(goal.met() ? "good" : "bad", goal.says(), goal.found(), CampaignText.met(goal));
    }
    endTable();
  }

  private void plots() {
    heading("What the orders did");
    paragraph(
        "Each band is a fault, from its injection until it was healed; point at it for which.");
    page.append("<div class=\"plots\">\n");
    plot(
        "throughput",
        "Orders a second",
        "orders/s",
        series("placed", "post", second -> (double) second.placed()),
        series("completed", "end", second -> (double) second.completed()));
    plot(
        "latency",
        "Time to the answer, and to the end",
        "ms",
        series("slowest POST", "post", Second::postMillis),
        series("median order to its end", "end", Second::endMillis));
    plot(
        "backlog",
        "Orders under way",
        "orders",
        series("placed, not ended", "traced", second -> (double) second.backlog()));
    page.append("</div>\n");
  }

  private Series series(String name, String style, Function<Second, @Nullable Double> value) {
    List<Point> points = new ArrayList<>();
    for (Second second : report.series()) {
      Double y = value.apply(second);
      if (y != null) {
        points.add(new Point(second.second(), y));
      }
    }
    return new Series(name, style, Mark.LINE, points);
  }

  private void plot(String id, String title, String unit, Series... series) {
    List<Band> bands =
        report.faults().stream()
            .filter(fault -> fault.atSeconds() != null)
            .map(CampaignPage::band)
            .toList();
    String description = title + ", second by second, with the faults as bands";
    page.append("<figure>\n<figcaption>").append(SvgPlot.escape(title)).append("</figcaption>\n");
    page.append(
        SvgPlot.chart(
            new Caption(id, title, description),
            TIME,
            new Axis(unit, false),
            List.of(series),
            bands));
    page.append("\n</figure>\n");
  }

  private static Band band(FaultOutcome fault) {
    double from = fault.atSeconds() == null ? 0 : fault.atSeconds();
    double to = fault.healedAfterSeconds() == null ? from : fault.healedAfterSeconds();
    return new Band(fault.fault() + " " + fault.component(), fault.family(), from, to);
  }

  private void faults() {
    heading("Faults");
    paragraph(
        "Recovered: from the injection to the first order COMPLETED that was placed after it, less"
            + " the time for which the fault was held.");
    table("No.", "Fault", "Component", "At", "Held", "In flight", "Recovered", "Goal", "");
    for (FaultOutcome fault : report.faults()) {
      row(
          fault.atSeconds() == null || fault.overBound() ? "bad" : "",
          Integer.toString(fault.number()),
          fault.fault(),
          fault.component(),
          seconds(fault.atSeconds()),
          seconds(fault.heldSeconds()),
          Figures.count(fault.inFlight()),
          seconds(CampaignText.recovery(fault)),
          fault.boundSeconds() == null ? Figures.NONE : fault.boundSeconds() + " s",
          note(fault));
    }
    endTable();
  }

  private void firstAttempts() {
    heading("Answered 2xx at the first attempt");
    paragraph(CampaignText.firstAttempts(report));
    table("Last fault", "Orders", "Answered", "Share");
    for (FirstAttempts tries : report.firstAttempts()) {
      row(
          "",
          tries.component(),
          Figures.count(tries.orders()),
          Figures.count(tries.answered()),
          CampaignText.share((double) tries.answered() / tries.orders()));
    }
    endTable();
  }

  private static String note(FaultOutcome fault) {
    if (fault.notInjected() != null) {
      return "not injected: " + fault.notInjected();
    }
    if (fault.notHealed() != null) {
      return "not healed: " + fault.notHealed();
    }
    return fault.disturbed() ? "the next fault came first" : "";
  }

  private static String seconds(@Nullable Double seconds) {
    return seconds == null ? Figures.NONE : Figures.of(seconds, 1) + " s";
  }

  private void counterexamples() {
    for (CampaignReport.Counterexample example : report.counterexamples()) {
      heading(example.invariant() + " violated: " + example.what());
      page.append("<pre>")
          .append(SvgPlot.escape(String.join("\n", example.timeline())))
          .append("</pre>\n");
    }
  }

  private void heading(String text) {
    page.append("<h2>").append(SvgPlot.escape(text)).append("</h2>\n");
  }

  private void paragraph(String text) {
    page.append("<p>").append(SvgPlot.escape(text)).append("</p>\n");
  }

  private void table(String... heads) {
    page.append("<div class=\"wide\">\n<table>\n<thead><tr>");
    for (String head : heads) {
      page.append("<th scope=\"col\">").append(SvgPlot.escape(head)).append("</th>");
    }
    page.append("</tr></thead>\n<tbody>\n");
  }

  private void row(String style, String... specs) {
    page.append("<tr>");
    for (int at = 0; at < specs.length; at++) {
      boolean last = at == specs.length - 1;
      page.append(last && !style.isEmpty() ? "<td class=\"" + style + "\">" : "<td>")
          .append(SvgPlot.escape(specs[at]))
          .append("</td>");
    }
    page.append("</tr>\n");
  }

  private void endTable() {
    page.append("</tbody>\n</table>\n</div>\n");
  }
}
