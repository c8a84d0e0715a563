package dev.converge.lab.bench;

import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Page;
import java.util.ArrayList;
import java.util.List;

/** The report as one page. Figures that were not measured are left out. */
final class HtmlReport {
  private HtmlReport() {}

  static String of(BenchReport report) {
    Page page = new Page("Converge under load", introduction(report));
    HeadlineTable.addTo(page, report);
    if (report.baseline != null) {
      BaselineTable.addTo(page, report.baseline);
    }
    page.heading("Plots");
    page.figures(new StepPlots(report).figures());
    StepTable steps = new StepTable(page, report.baseline);
    steps.add("Steps at shares of the sustained rate", report.steps);
    steps.add("Flood, overload and burst", report.floodAndBurst());
    steps.add("Search for the sustained rate", report.search);
    if (report.total != null) {
      steps.add("All steps together", List.of(report.total));
    }
    return page.html();
  }

  private static List<String> introduction(BenchReport report) {
    List<String> paragraphs = new ArrayList<>();
    paragraphs.add(
        Wording.machine(report.machine)
            + "; traces sampled: "
            + Figures.percent(report.tracesSampled));
    if (report.brokenOff != null) {
      paragraphs.add("Broken off: " + report.brokenOff);
    }
    return paragraphs;
  }
}
