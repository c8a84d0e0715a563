package dev.converge.lab.bench;

/** The report as one page that needs no network. */
final class HtmlReport {
  private HtmlReport() {}

  static String of(BenchReport report) {
    return "<pre>" + TextReport.of(report) + "</pre>";
  }
}
