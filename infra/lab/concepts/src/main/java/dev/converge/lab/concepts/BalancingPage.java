package dev.converge.lab.concepts;

import dev.converge.lab.concepts.BalancingFigures.Measured;
import dev.converge.lab.concepts.BalancingFigures.Settings;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Page;
import dev.converge.lab.report.Report;
import dev.converge.lab.report.SvgPlot;
import dev.converge.lab.report.SvgPlot.Axis;
import dev.converge.lab.report.SvgPlot.Bar;
import dev.converge.lab.report.SvgPlot.Caption;
import dev.converge.lab.report.SvgPlot.Mark;
import dev.converge.lab.report.SvgPlot.Point;
import dev.converge.lab.report.SvgPlot.Series;
import dev.converge.lab.report.Table;
import dev.converge.lab.report.Table.Cell;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The report on load balancing, as a page and as text. Pure. */
final class BalancingPage {
  private static final double PERCENT = 100;
  private static final String SLOW = "slow replica";

  private final BalancingFigures figures;
  private final List<Claim> claims;

  private BalancingPage(BalancingFigures figures) {
    this.figures = figures;
    this.claims = figures.claims();
  }

  static Report of(BalancingFigures figures) throws IOException {
    BalancingPage page = new BalancingPage(figures);
    return Report.of("balancing", figures, page.html(), page.text());
  }

  private String html() {
    Settings settings = figures.settings();
    Page page =
        new Page(
            "Load balancing: one of three replicas is slow",
            List.of(Claim.verdict(claims), settings(), figures.machine().says()));
    page.heading("The question");
    page.paragraph(
        "Three replicas of a service answer the same requests, and the caller chooses one for each"
            + " request. One replica is ten times slower than the others: its disk is failing, or a"
            + " neighbour uses its processor. It is not down, so no health check removes it. What do"
            + " the callers notice?");
    page.paragraph(
        String.format(
            Locale.ROOT,
            "Each replica works on %d requests at a time, for %d ms each on average, the slow one for"
                + " %d ms; others wait. The slow one can answer %d requests a second. A third of the"
                + " %d that arrive is %d, so callers that send it a third make its queue grow without"
                + " end.",
            settings.workers(),
            settings.fastMillis(),
            settings.slowMillis(),
            settings.slowCapacity(),
            settings.requestsPerSecond(),
            settings.requestsPerSecond() / 3));
    page.figures(
        List.of(
            new Page.Figure("Requests that each replica received", shares()),
            new Page.Figure("Latency: the share of requests that took at most", latencies())));
    page.paragraph(
        "Random and round robin do not regard the answers: the slow replica gets its third, and"
            + " every third caller waits in its queue. Least requests chooses the replica with the"
            + " fewest unanswered requests of this caller. Power of two choices compares only two"
            + " random replicas, which needs no view of all of them, and is almost as good. Neither"
            + " measures any time: a slow replica keeps its requests for longer, and that shows.");
    page.paragraph(
        "Two of three callers are served by the fast replicas, so a median hides most of this; the"
            + " 99th percentile shows it. With the better choices the slow replica is still there: a"
            + " few requests reach it, and take as long as it needs.");
    page.table(table());
    page.heading("Limits");
    page.paragraph(
        "One client process counts its own requests only. With many callers each of them sees a part"
            + " of the load; least requests then sends everyone to the same idle replica, and power"
            + " of two choices does not. If a replica fails fast, it has the fewest unanswered"
            + " requests and attracts all others: health checks and circuit breakers are still"
            + " needed.");
    page.heading("Claims of this page");
    page.table(Claim.table(claims));
    return page.html();
  }

  private String settings() {
    Settings settings = figures.settings();
    return String.format(
        Locale.ROOT,
        "Seed %d; %d requests a second at random times for %s s with each choice, over HTTP on"
            + " loopback; replica %d of 3 is slow. Times count from when a request was due.",
        settings.seed(),
        settings.requestsPerSecond(),
        Figures.of(settings.seconds(), 1),
        figures.slow());
  }

  private String shares() {
    List<Bar> bars = new ArrayList<>();
    for (Measured one : figures.measured()) {
      Map<String, Double> segments = new LinkedHashMap<>();
      for (int replica = 1; replica <= one.perReplica().size(); replica++) {
        segments.put(
            replica == figures.slow() ? SLOW : "replica " + replica, one.share(replica) * PERCENT);
      }
      bars.add(new Bar(one.choice().says(), segments));
    }
    return SvgPlot.bars(
        new Caption("shares", "Shares", "Share of the requests of each replica, by choice"),
        "% of the requests",
        bars,
        name -> name.equals(SLOW) ? "end" : name.endsWith("1") ? "steady" : "traced");
  }

  private String latencies() {
    List<Series> series = new ArrayList<>();
    for (Measured one : figures.measured()) {
      List<Point> points = new ArrayList<>();
      for (int percent = 1; percent <= PERCENT; percent++) {
        points.add(new Point(one.millis().percentiles().get(percent - 1), percent));
      }
      series.add(new Series(one.choice().says(), one.choice().style(), Mark.LINE, points));
    }
    return SvgPlot.chart(
        new Caption("latencies", "Latencies", "Distribution of the latency, by choice"),
        new Axis("milliseconds", true),
        new Axis("% of the requests", false, PERCENT),
        series);
  }

  private Table table() {
    Table table =
        new Table(
            "summary", "Choice", "Requests of each replica", "To the slow", "p50", "p90", "p99");
    for (Measured one : figures.measured()) {
      table.row(
          Cell.head(one.choice().says()),
          Cell.of(String.join(", ", one.perReplica().stream().map(n -> Figures.count(n)).toList())),
          Cell.of(Figures.percent(one.share(figures.slow()))),
          Cell.of(Figures.rounded(one.millis().p50()) + " ms"),
          Cell.of(Figures.rounded(one.millis().p90()) + " ms"),
          Cell.of(Figures.rounded(one.millis().p99()) + " ms"));
    }
    return table;
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    text.append(Claim.verdict(claims)).append(System.lineSeparator());
    text.append(settings()).append(System.lineSeparator());
    for (Measured one : figures.measured()) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-22s to the slow replica %5s; p50 %7s ms, p90 %7s ms, p99 %7s ms%n",
              one.choice().says(),
              Figures.percent(one.share(figures.slow())),
              Figures.rounded(one.millis().p50()),
              Figures.rounded(one.millis().p90()),
              Figures.rounded(one.millis().p99())));
    }
    return text.append(Claim.text(claims)).toString();
  }
}
