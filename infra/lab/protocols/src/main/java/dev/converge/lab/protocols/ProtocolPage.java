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
import dev.converge.lab.schedule.FaultKind;
import dev.converge.lab.schedule.FaultPlan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/** The report as one page. Pure. */
final class ProtocolPage {
  /** The CSS class of the lines that bound a throughput. */
  private static final String BOUND = " bound";

  /** The longest axis of completed orders, as a multiple of the most answers in a second. */
  private static final int BURST = 3;

  /** Divergent orders of a protocol that the page lists. */
  private static final int MAX_SHOWN = 20;

  private final ProtocolReport report;
  private final Page page;
  private final ProtocolTables tables;

  private ProtocolPage(ProtocolReport report) {
    this.report = report;
    this.page =
        new Page(
            "Availability against consistency",
            List.of(
                ProtocolText.verdict(report),
                ProtocolText.settings(report),
                ProtocolText.machine(report)));
    this.tables = new ProtocolTables(report, page);
  }

  static String of(ProtocolReport report) {
    return new ProtocolPage(report).html();
  }

  private String html() {
    tables.summary();
    triangle();
    availability();
    inDoubt();
    divergence();
    windows();
    throughput();
    sequences();
    tables.costs();
    tables.faults();
    tables.outage();
    tables.goals();
    return page.html();
  }

  private void triangle() {
    page.heading("Availability, consistency, time in doubt");
    page.paragraph(
        "Unavailable: a second in which fewer than half of the orders were answered 2xx. The area of"
            + " a dot is the time for which the branches of all orders were in doubt, divided by the"
            + " number of branches of an order.");
    page.figures(
        List.of(new Page.Figure("One dot for each protocol", TrianglePlot.of(report.protocols()))));
  }

  private void availability() {
    page.heading("Answers 2xx over time");
    page.paragraph(
        "Each band is a fault; its number is that of the list below the plots. Orders arrive at the"
            + " same rate, however long their answers take. Orders that waited complete in bursts: a"
            + " second with more than "
            + Figures.count(mostShown())
            + " of them is drawn with as many.");
    int most = mostShown();
    page.figures(
        each(
            "ok",
            new Axis("orders/s", false, most),
            result ->
                List.of(
                    line("answered 2xx", result.of().style(), perSecond(result, ClientSecond::ok)),
                    line(
                        "completed",
                        "ideal",
                        perSecond(result, second -> Math.min(second.completed(), most))))));
    legend();
  }

  // A burst would make the axis so long that the answers are a flat line.
  private int mostShown() {
    return BURST
        * report.protocols().stream()
            .flatMap(result -> result.seconds().stream())
            .mapToInt(ClientSecond::ok)
            .max()
            .orElse(1);
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
            axis(
                "seconds",
                report.protocols().stream().map(p -> p.inDoubt().oldestMillis() / 1_000)),
            result ->
                List.of(
                    line(
                        "oldest in doubt",
                        result.of().style(),
                        result.inDoubt().moments().stream()
                            .map(m -> new Point(m.atMillis() / 1_000, m.oldestMillis() / 1_000))
                            .toList()))));
    legend();
  }

  /** The faults by the numbers of their bands. */
  private void legend() {
    List<String> names = new ArrayList<>();
    for (FaultPlan.Planned planned : report.plan().faults()) {
      names.add((names.size() + 1) + " " + planned.kind().id());
    }
    page.paragraph("Faults: " + String.join(", ", names) + ".");
  }

  private void divergence() {
    page.heading("Orders that diverge once quiescent");
    List<Bar> bars = new ArrayList<>();
    for (ProtocolResult result : report.protocols()) {
      Map<String, Double> segments = new LinkedHashMap<>();
      for (Divergence kind : Divergence.values()) {
        int count = result.finalState().divergent().getOrDefault(kind, 0);
        if (count > 0) {
          segments.put(kind.says(), (double) count);
        }
      }
      bars.add(new Bar(result.protocol(), segments));
    }
    page.figures(
        List.of(
            new Page.Figure(
                "By missing part",
                SvgPlot.countBars(
                    new Caption("divergence", "Orders that diverge", "Bars by protocol"),
                    "orders",
                    bars,
                    ProtocolPage::styleOf))));
    for (ProtocolResult result : report.protocols()) {
      List<OrderEffects> counterexamples = result.finalState().counterexamples();
      if (!counterexamples.isEmpty()) {
        page.paragraph(
            counterexamples.size() <= MAX_SHOWN
                ? result.protocol() + ":"
                : "%s, the first %d of %d; the JSON has all:"
                    .formatted(result.protocol(), MAX_SHOWN, counterexamples.size()));
        page.lines(
            counterexamples.stream().limit(MAX_SHOWN).map(ProtocolText::counterexample).toList());
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
    List<Series> contention = new ArrayList<>();
    List<Series> delay = new ArrayList<>();
    for (ProtocolResult result : report.protocols()) {
      contention.add(dotted(result, result.contention(), 100));
      bound(result, contention);
      delay.add(dotted(result, result.delay(), 1));
    }
    page.paragraph(
        "The same number of clients, each of which sends its next order when the last is answered."
            + " A whole run takes three samples of each step, in rounds, and shows the median; the"
            + " tables have the least and the most, too."
            + (contention.stream().anyMatch(series -> series.style().endsWith(BOUND))
                ? " Orders for one item hold its row one after the other. The dotted lines are the"
                    + " orders a second that this allows: the completed orders of a step, divided by"
                    + " the time for which the item was locked in it. A hold is from the beginning of"
                    + " the transaction, or from the commit of the one before it, to its own commit,"
                    + " by the database's clock; the step is measured by the lab's, in milliseconds."
                : ""));
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
    tables.throughput("Share of the hot item", "%", 100, ProtocolResult::contention);
    tables.throughput("One-way delay", "ms", 1, ProtocolResult::delay);
  }

  private static void bound(ProtocolResult result, List<Series> series) {
    List<Point> points = new ArrayList<>();
    for (ThroughputPoint point : result.contention()) {
      Double bound = point.boundPerSecond();
      if (bound != null) {
        points.add(new Point(point.x() * 100, bound));
      }
    }
    // A single point is no line; the table has its time.
    if (points.size() > 1) {
      series.add(
          new Series(
              result.protocol() + ": bound by its locks",
              result.of().style() + BOUND,
              Mark.LINE,
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

  private void sequences() {
    page.heading("One order under the same cut");
    page.paragraph(
        "Payment is cut off from both others when the message after its vote is under way, and"
            + " reached again 5 seconds later. A saga has no vote: payment is cut off before its"
            + " order is placed. From the traces; ✗ marks a request without an answer. A branch that"
            + " decides alone sends nothing: the outcome above the messages shows it.");
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

  // One scale for all protocols, so that their plots can be compared.
  private List<Page.Figure> each(
      String id, Axis yAxis, Function<ProtocolResult, List<Series>> series) {
    Axis time =
        axis(
            "seconds since the load began",
            report.protocols().stream().map(result -> (double) result.seconds().size()));
    List<Page.Figure> figures = new ArrayList<>();
    for (ProtocolResult result : report.protocols()) {
      figures.add(
          new Page.Figure(
              result.protocol(),
              SvgPlot.chart(
                  new Caption(
                      id + "-" + result.protocol(),
                      result.protocol(),
                      yAxis.title() + " over time"),
                  time,
                  yAxis,
                  series.apply(result),
                  bands(result))));
    }
    return figures;
  }

  private static Axis axis(String title, Stream<Double> values) {
    return new Axis(title, false, values.max(Double::compare).orElse(0.0));
  }

  private static List<Band> bands(ProtocolResult result) {
    List<Band> bands = new ArrayList<>();
    for (FaultResult fault : result.faults()) {
      bands.add(band(fault, Integer.toString(bands.size() + 1)));
    }
    return bands;
  }

  private static Band band(FaultResult fault, String number) {
    return new Band(
        number,
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
}
