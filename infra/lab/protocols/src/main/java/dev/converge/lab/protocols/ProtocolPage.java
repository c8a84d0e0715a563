package dev.converge.lab.protocols;

import dev.converge.lab.protocols.OrderEffects.Divergence;
import dev.converge.lab.protocols.ProtocolResult.ThroughputPoint;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Page;
import dev.converge.lab.report.SvgPlot;
import dev.converge.lab.report.SvgPlot.Axis;
import dev.converge.lab.report.SvgPlot.Band;
import dev.converge.lab.report.SvgPlot.Bar;
import dev.converge.lab.report.SvgPlot.Caption;
import dev.converge.lab.report.SvgPlot.Mark;
import dev.converge.lab.report.SvgPlot.Point;
import dev.converge.lab.report.SvgPlot.Series;
import dev.converge.lab.report.Table;
import dev.converge.lab.report.Table.Cell;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The report as one page. Pure. */
final class ProtocolPage {
  private static final Axis TIME = new Axis("seconds since the load began", false);

  private final ProtocolReport report;
  private final Page page;

  private ProtocolPage(ProtocolReport report) {
    this.report = report;
    this.page =
        new Page(
            "Availability against consistency",
            List.of(
                ProtocolText.verdict(report),
                ProtocolText.settings(report),
                ProtocolText.machine(report)));
  }

  static String of(ProtocolReport report) {
    return new ProtocolPage(report).html();
  }

  private String html() {
    summary();
    triangle();
    availability();
    inDoubt();
    divergence();
    windows();
    throughput();
    sequences();
    costs();
    faults();
    goals();
    return page.html();
  }

  private void summary() {
    page.heading("What each protocol promises, and what was measured");
    Table table =
        new Table(
            "summary",
            "Protocol",
            "Promises",
            "Unavailable",
            "2xx",
            "Oldest in doubt",
            "Diverge at rest",
            "Effects apart, median",
            "Fractured reads");
    for (ProtocolResult result : report.protocols()) {
      int divergent = result.atRest().divergentOrders();
      table.row(
          Cell.head(result.protocol()),
          Cell.of(result.promises()),
          Cell.of(result.unavailableSeconds() + " s"),
          Cell.of(Goals.percent(Figures.ratio((double) result.ok(), (double) result.offered()))),
          Cell.of(Figures.of(result.inDoubt().oldestMillis() / 1_000, 1) + " s"),
          Cell.styled(divergent == 0 ? "good" : "bad", Figures.count(divergent)),
          Cell.of(Figures.rounded(result.window().p50()) + " ms"),
          Cell.of(Figures.percent(result.fractured().share())));
    }
    page.table(table);
    page.paragraph(
        "No protocol avoids both waiting and divergence when the network may split (Skeen 1981;"
            + " Gray and Lamport 2006).");
  }

  private void triangle() {
    page.heading("Availability, consistency, time in doubt");
    page.paragraph(
        "Unavailable: a second in which fewer than half of the orders were answered 2xx. The area of"
            + " a dot is the time that all branches together were in doubt.");
    page.figures(
        List.of(new Page.Figure("One dot for each protocol", TrianglePlot.of(report.protocols()))));
  }

  private void availability() {
    page.heading("Answers 2xx over time");
    page.paragraph(
        "Each band is a fault; point at it for which. Orders arrive at the same rate, whatever the"
            + " answers are.");
    page.figures(
        each(
            "ok",
            "orders/s",
            result ->
                List.of(
                    line("answered 2xx", result.of().style(), perSecond(result, ClientSecond::ok)),
                    line("completed", "ideal", perSecond(result, ClientSecond::completed)))));
  }

  private void inDoubt() {
    page.heading("Age of the oldest branch in doubt over time");
    page.paragraph(
        "Prepared transactions, and for tcc the branches that are tried. Every transaction is in"
            + " doubt for the milliseconds that it takes. Readers never waited for a lock, unless"
            + " the table below says so.");
    page.figures(
        each(
            "doubt",
            "seconds",
            result ->
                List.of(
                    line(
                        "oldest in doubt",
                        result.of().style(),
                        result.inDoubt().moments().stream()
                            .map(m -> new Point(m.atMillis() / 1_000, m.oldestMillis() / 1_000))
                            .toList()))));
  }

  private void divergence() {
    page.heading("Orders that diverge at rest");
    List<Bar> bars = new ArrayList<>();
    for (ProtocolResult result : report.protocols()) {
      Map<String, Double> segments = new LinkedHashMap<>();
      for (Divergence kind : Divergence.values()) {
        int count = result.atRest().divergent().getOrDefault(kind, 0);
        if (count > 0) {
          segments.put(kind.says(), (double) count);
        }
      }
      bars.add(new Bar(result.protocol(), segments));
    }
    page.figures(
        List.of(
            new Page.Figure(
                "By what is missing",
                SvgPlot.bars(
                    new Caption("divergence", "Orders that diverge", "Bars by protocol"),
                    "orders",
                    bars,
                    ProtocolPage::styleOf))));
    for (ProtocolResult result : report.protocols()) {
      if (!result.atRest().examples().isEmpty()) {
        page.paragraph(result.protocol() + ", for example:");
        page.lines(result.atRest().examples().stream().map(ProtocolText::example).toList());
      }
    }
  }

  private static String styleOf(String divergence) {
    for (Divergence kind : Divergence.values()) {
      if (kind.says().equals(divergence)) {
        return switch (kind) {
          case SHIPPED_NOT_PAID -> "end";
          case PAID_NOT_SHIPPED -> "post";
          case NEITHER -> "other";
          case NO_ORDER -> "traced";
        };
      }
    }
    throw new IllegalArgumentException(divergence);
  }

  private void windows() {
    page.heading("Time between the first effect of an order and the last");
    page.paragraph(
        "By the commit timestamps of the three databases. Atomic commit is not isolation: between"
            + " two commits a reader sees one effect and not another.");
    page.figures(
        List.of(
            new Page.Figure(
                "Share of orders up to a time",
                SvgPlot.chart(
                    new Caption("window", "Inconsistency window", "Distribution by protocol"),
                    new Axis("milliseconds", true),
                    new Axis("share of orders", false),
                    report.protocols().stream()
                        .map(
                            result ->
                                line(
                                    result.protocol(),
                                    result.of().style(),
                                    result.windowPoints().stream()
                                        .map(p -> new Point(p.millis(), p.share()))
                                        .toList()))
                        .toList()))));
  }

  private void throughput() {
    page.heading("Throughput");
    page.paragraph(
        "The same number of clients, each of which sends its next order when the last is answered."
            + " A lock on one row for a time t allows 1/t orders a second: the dotted lines.");
    List<Series> contention = new ArrayList<>();
    List<Series> delay = new ArrayList<>();
    for (ProtocolResult result : report.protocols()) {
      contention.add(dotted(result, result.contention(), 100));
      bound(result, contention);
      delay.add(dotted(result, result.delay(), 1));
    }
    page.figures(
        List.of(
            new Page.Figure(
                "Over contention",
                SvgPlot.chart(
                    new Caption("contention", "Throughput over contention", "By protocol"),
                    new Axis("% of orders for one item", false),
                    new Axis("completed orders/s", true),
                    contention)),
            new Page.Figure(
                "Over one-way delay between processes",
                SvgPlot.chart(
                    new Caption("delay", "Throughput over delay", "By protocol"),
                    new Axis("milliseconds", false),
                    new Axis("completed orders/s", true),
                    delay))));
    table("Share of the hot item", "%", 100, ProtocolResult::contention);
    table("One-way delay", "ms", 1, ProtocolResult::delay);
  }

  private static void bound(ProtocolResult result, List<Series> series) {
    List<Point> points = new ArrayList<>();
    for (ThroughputPoint point : result.contention()) {
      Double hold = point.lockHoldMillis();
      if (hold != null && hold > 0 && point.x() > 0) {
        points.add(new Point(point.x() * 100, 1_000 / hold / point.x()));
      }
    }
    if (!points.isEmpty()) {
      series.add(
          new Series(
              result.protocol() + ": 1/lock hold",
              result.of().style() + " bound",
              points.size() == 1 ? Mark.DOTS : Mark.LINE,
              points));
    }
  }

  private static Series dotted(ProtocolResult result, List<ThroughputPoint> points, double times) {
    return new Series(
        result.protocol(),
        result.of().style(),
        Mark.DOTTED_LINE,
        points.stream().map(p -> new Point(p.x() * times, p.completedPerSecond())).toList());
  }

  private void table(
      String name,
      String unit,
      double times,
      Function<ProtocolResult, List<ThroughputPoint>> points) {
    if (report.protocols().isEmpty() || points.apply(report.protocols().get(0)).isEmpty()) {
      return;
    }
    List<String> columns = new ArrayList<>(List.of(name));
    for (ThroughputPoint point : points.apply(report.protocols().get(0))) {
      columns.add(Figures.of(point.x() * times, 0) + " " + unit);
    }
    Table table = new Table("steps", columns.toArray(String[]::new));
    for (ProtocolResult result : report.protocols()) {
      List<Cell> cells = new ArrayList<>(List.of(Cell.head(result.protocol())));
      for (ThroughputPoint point : points.apply(result)) {
        String hold =
            point.lockHoldMillis() == null
                ? ""
                : ", locked " + Figures.rounded(point.lockHoldMillis()) + " ms";
        cells.add(Cell.of(Figures.rounded(point.completedPerSecond()) + "/s" + hold));
      }
      table.row("", cells);
    }
    page.table(table);
  }

  private void sequences() {
    page.heading("One order under the same cut");
    page.paragraph(
        "Payment is cut off from both others when the message after its vote is under way, and"
            + " reached again after 5 seconds. From the traces; ✗ marks a request without an"
            + " answer.");
    List<Page.Figure> figures = new ArrayList<>();
    for (ProtocolResult result : report.protocols()) {
      MessageSequence sequence = result.sequences().underCut();
      figures.add(
          new Page.Figure(
              result.protocol() + ": " + sequence.answer() + "; " + sequence.outcome(),
              SequencePlot.of(
                  "sequence-" + result.protocol(),
                  "Messages of one order by " + result.protocol(),
                  result.of().style(),
                  sequence)));
    }
    page.figures(figures);
  }

  private void costs() {
    page.heading("Cost before the first fault");
    page.paragraph(
        "Messages: between the services, of one order from its trace; a request and its answer are"
            + " one. Locks of the others end with a local transaction.");
    Table table =
        new Table(
            "steps",
            "Protocol",
            "Answer, median",
            "p99",
            "max",
            "Lock hold, median",
            "Messages",
            "Commits/order",
            "Log/order",
            "CPU/order",
            "Blocked readers");
    for (ProtocolResult result : report.protocols()) {
      ProtocolResult.Undisturbed cost = result.undisturbed();
      table.row(
          Cell.head(result.protocol()),
          Cell.of(millis(cost.answer().p50())),
          Cell.of(millis(cost.answer().p99())),
          Cell.of(millis(cost.answer().max())),
          Cell.of(millis(cost.lockHold().p50())),
          Cell.of(Integer.toString(result.sequences().undisturbed().betweenServices())),
          Cell.of(Figures.of(cost.commitsPerOrder(), 1)),
          Cell.of(Figures.of(cost.logBytesPerOrder(), 0) + " B"),
          Cell.of(millis(cost.cpuMillisPerOrder())),
          Cell.of(Integer.toString(result.inDoubt().blockedReaders())));
    }
    page.table(table);
  }

  private void faults() {
    page.heading("Each fault");
    page.paragraph(
        "First 2xx, clear, consistent: from the healing to the next 2xx, until no branch was in doubt"
            + " for more than a second, and until the last effect of the orders placed meanwhile.");
    for (FaultPlan.Planned planned : report.plan().faults()) {
      page.paragraph(planned.kind().id() + ": " + planned.kind().says() + ".");
      Table table =
          new Table(
              "steps",
              "Protocol",
              "Held",
              "2xx",
              "Oldest in doubt",
              "Locked branches",
              "Blocked writers",
              "First 2xx",
              "Clear",
              "Consistent");
      for (ProtocolResult result : report.protocols()) {
        FaultResult fault = result.fault(planned.kind());
        if (fault != null) {
          table.row(
              Cell.head(result.protocol()),
              Cell.of(seconds(fault.healedSeconds() - fault.atSeconds())),
              Cell.of(Goals.percent(fault.okShare())),
              Cell.of(seconds(fault.oldestInDoubtSeconds())),
              Cell.of(Integer.toString(fault.lockedBranches())),
              Cell.of(Integer.toString(fault.blockedWriters())),
              Cell.of(seconds(fault.firstOkSeconds())),
              Cell.of(seconds(fault.clearSeconds())),
              Cell.of(
                  fault.consistentSeconds() == null
                      ? "never"
                      : seconds(fault.consistentSeconds())));
        }
      }
      page.table(table);
    }
  }

  private void goals() {
    page.heading("What the run must show");
    Table table = new Table("", "Protocol", "Goal", "This run", "");
    for (Goal goal : report.goals()) {
      table.row(
          Cell.head(goal.about()),
          Cell.of(goal.says()),
          Cell.of(goal.found()),
          Cell.styled(goal.met() ? "good" : "bad", goal.met() ? "met" : "missed"));
    }
    page.table(table);
  }

  private List<Page.Figure> each(
      String id, String unit, Function<ProtocolResult, List<Series>> series) {
    List<Page.Figure> figures = new ArrayList<>();
    for (ProtocolResult result : report.protocols()) {
      figures.add(
          new Page.Figure(
              result.protocol(),
              SvgPlot.chart(
                  new Caption(id + "-" + result.protocol(), result.protocol(), unit + " over time"),
                  TIME,
                  new Axis(unit, false),
                  series.apply(result),
                  result.faults().stream().map(ProtocolPage::band).toList())));
    }
    return figures;
  }

  private static Band band(FaultResult fault) {
    return new Band(
        fault.fault(),
        FaultKind.of(fault.fault()).style(),
        fault.atSeconds(),
        fault.healedSeconds());
  }

  private static List<Point> perSecond(
      ProtocolResult result, Function<ClientSecond, Integer> count) {
    return result.seconds().stream()
        .map(second -> new Point(second.second() + 0.5, count.apply(second)))
        .toList();
  }

  private static Series line(String name, String style, List<Point> points) {
    return new Series(name, style, Mark.LINE, points);
  }

  private static String millis(@Nullable Double figure) {
    return Figures.rounded(figure) + (figure == null ? "" : " ms");
  }

  private static String seconds(@Nullable Double figure) {
    return figure == null ? Figures.NONE : Figures.of(figure, 1) + " s";
  }
}
