package dev.converge.lab.bench;

import dev.converge.lab.bench.BenchReport.Burst;
import dev.converge.lab.bench.BenchReport.Flood;
import dev.converge.lab.bench.BenchReport.Idle;
import dev.converge.lab.bench.BenchReport.PlatformRatios;
import dev.converge.lab.bench.BenchReport.Start;
import dev.converge.lab.load.Latencies;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Stylesheet;
import dev.converge.lab.report.SvgPlot;
import dev.converge.lab.report.SvgPlot.Axis;
import dev.converge.lab.report.SvgPlot.Bar;
import dev.converge.lab.report.SvgPlot.Caption;
import dev.converge.lab.report.SvgPlot.Mark;
import dev.converge.lab.report.SvgPlot.Point;
import dev.converge.lab.report.SvgPlot.Series;
import dev.converge.platform.Part;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The report as one page that needs no network and runs no script. It is well-formed XML, too. What
 * was not measured is left out.
 */
final class HtmlReport {
  private static final Set<String> PARTS =
      Stream.of(Part.values()).map(Part::id).collect(Collectors.toUnmodifiableSet());

  private final BenchReport report;
  private final @Nullable Baseline baseline;
  private final StringBuilder page = new StringBuilder();

  private HtmlReport(BenchReport report) {
    this.report = report;
    this.baseline = report.baseline;
  }

  static String of(BenchReport report) {
    return new HtmlReport(report).draw();
  }

  private String draw() {
    page.append(
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <title>Converge under load</title>
        <style>
        """);
    page.append(Stylesheet.css())
        .append("</style>\n</head>\n<body>\n<header>\n<h1>Converge under load</h1>\n");
    paragraph(
        TextReport.machine(report.machine)
            + "; traces sampled: "
            + Figures.percent(report.tracesSampled));
    if (report.brokenOff != null) {
      paragraph("Broken off: " + report.brokenOff);
    }
    page.append("</header>\n<main>\n");
    headline();
    baseline();
    plots();
    steps("Steps at shares of the sustained rate", report.steps);
    steps("Flood, overload and burst", report.floodAndBurst());
    steps("Search for the sustained rate", report.search);
    if (report.total != null) {
      steps("All steps together", List.of(report.total));
    }
    return page.append("</main>\n</body>\n</html>\n").toString();
  }

  private void headline() {
    heading("What it does");
    paragraph(
        "Times are p50 / p99 / p99.9 in milliseconds (of fewer than a thousand orders the last is"
            + " the longest); costs are per order that ended.");
    table("headline", "Figure", "Value", "Beside it");
    sustained();
    StepReport allTraced = report.sustainedAllTraced;
    if (allTraced != null) {
      row(
          "Sustained, every trace sampled",
          perSecond(allTraced.completedPerSecond(), "orders/s"),
          join(
              twoInserts(allTraced),
              times(
                  report.sustained == null
                      ? null
                      : Figures.ratio(
                          allTraced.completedPerSecond(), report.sustained.completedPerSecond()),
                  2,
                  "sustained")));
    }
    StepReport afterFill = report.afterFill;
    if (afterFill != null) {
      row(
          "With " + Figures.count(report.ordersInTables) + " orders in the tables",
          perSecond(afterFill.completedPerSecond(), "orders/s"),
          join(
              twoInserts(afterFill),
              post(afterFill),
              "POST→end " + percentiles(afterFill.completed()),
              times(BaselineRatios.of(afterFill, baseline).end(), "one hop (median)"),
              Figures.of(afterFill.totalCpuMillis(), 2) + " ms of CPU",
              times(
                  BaselineRatios.of(afterFill, baseline).cpu().total(),
                  2,
                  BaselineRatios.HOPS + " hops"),
              TextReport.verdict(afterFill)));
    }
    flood();
    overload();
    burst();
    PlatformRatios platform = report.getPlatformRatios();
    Idle idle = report.idle;
    if (idle != null) {
      row(
          "Idle",
          Figures.of(idle.totalCorePercent(), 1) + " % of a core",
          join(
              times(platform.idle().total(), 0, "one hop a second"),
              TextReport.parts(idle.corePercent(), platform.idle()),
              mebibytes(TextReport.sum(idle.residentMiB())) + " resident",
              times(platform.idleMemory().total(), 2, "when just started")));
    }
    Start start = report.start;
    if (start != null) {
      row(
          "Start, from nothing",
          Figures.of(start.readySeconds(), 1) + " s",
          join(
              times(platform.ready(), 1, "one database's"),
              "the first COMPLETED order after "
                  + Figures.of(start.firstCompletedSeconds(), 1)
                  + " s",
              times(platform.firstCompleted(), 1, "one database's")));
    }
    endTable();
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
        perSecond(step.completedPerSecond(), "orders/s"),
        join(
            times(ratios.rates().completed(), 3, "two-insert tx/s"),
            times(ratios.rates().singleWrites(), 3, "the writes one by one"),
            times(ratios.rates().batchedWrites(), 3, "the batched writes"),
            step.steady() ? "" : "NOT steady: it fell behind"));
    row(
        "POST",
        percentiles(step.post()),
        join(Figures.count(step.post().count()) + " orders", times(ratios.post(), "one commit")));
    row(
        "POST → end",
        percentiles(step.completed()),
        join(
            Figures.count(step.completed().count()) + " orders",
            times(ratios.end(), "one hop (median)")));
    row(
        "CPU",
        Figures.of(step.totalCpuMillis(), 2) + " ms",
        join(
            times(ratios.cpu().total(), 2, BaselineRatios.HOPS + " hops"),
            TextReport.parts(step.cpuMillis(), ratios.cpu()),
            TextReport.generator(step, ratios)));
    row(
        "Commits",
        Figures.of(step.totalCommits(), 2),
        join(
            times(ratios.commits().total(), 1, "the batched writes"),
            TextReport.parts(step.commits(), ratios.commits())));
    row(
        "WAL",
        Figures.of(step.totalWalBytes(), 0) + " bytes",
        join(
            times(ratios.wal().total(), 2, "the batched writes"),
            TextReport.parts(step.walBytes(), ratios.wal())));
    row(
        "Outbox rows",
        Figures.of(step.outboxRows(), 2),
        times(ratios.outboxRows(), 2, "its messages"));
    row(
        "Orders per transaction",
        Figures.of(step.ordersPerTransaction(), 1),
        join(
            times(ratios.batches().orders(), 2, "the batched writes"),
            "messages per transaction: "
                + TextReport.parts(step.messagesPerTransaction(), ratios.batches().byConsumer())));
    row(
        "Memory",
        mebibytes(step.totalResidentMiB()),
        join(
            times(ratios.memory().total(), 2, "when just started"),
            TextReport.parts(step.residentMiB(), ratios.memory())));
    row(
        "Outbox lag, at most",
        Figures.count(step.outboxLagBytes()) + " bytes",
        times(ratios.lag(), 0, "the log of an order of the batched writes"));
  }

  private void flood() {
    Flood flood = report.flood;
    if (flood != null) {
      StepReport step = flood.step();
      row(
          "Flood of " + step.clients() + " clients",
          perSecond(step.completedPerSecond(), "orders/s"),
          join(
              times(flood.ofSustained(), 2, "sustained"),
              twoInserts(step),
              post(step),
              Figures.count(step.shed()) + " shed",
              Figures.count(step.failed()) + " failed"));
    }
  }

  private void overload() {
    Flood overload = report.overload;
    if (overload != null) {
      StepReport step = overload.step();
      row(
          "Overload: " + perSecond(step.offeredPerSecond(), "orders/s") + " offered",
          perSecond(step.completedPerSecond(), "orders/s"),
          join(
              times(overload.ofSustained(), 2, "sustained"),
              twoInserts(step),
              Figures.count(step.accepted()) + " accepted",
              Figures.count(step.shed()) + " shed",
              Figures.count(step.failed()) + " failed",
              post(step)));
    }
  }

  private String twoInserts(StepReport step) {
    return times(BaselineRatios.of(step, baseline).rates().completed(), 3, "two-insert tx/s");
  }

  private String post(StepReport step) {
    return join(
        "POST " + percentiles(step.post()),
        times(BaselineRatios.of(step, baseline).post(), "one commit"));
  }

  private void burst() {
    Burst burst = report.burst;
    if (burst != null) {
      StepReport step = burst.step();
      PlatformRatios platform = report.getPlatformRatios();
      row(
          "Burst of " + Figures.count(step.offered()),
          "drained after " + Figures.of(burst.drainedAfterSeconds(), 1) + " s",
          join(
              "all ended "
                  + Figures.of(burst.endedAfterSeconds(), 1)
                  + " s after the first was offered",
              times(platform.burstEnded(), 2, "the batched writes'"),
              Figures.count(step.accepted()) + " accepted",
              Figures.count(burst.ended()) + " ended",
              Figures.count(step.shed()) + " shed",
              Figures.count(step.failed()) + " failed",
              post(step),
              "memory "
                  + Figures.count(TextReport.sum(burst.residentBeforeMiB()))
                  + " → "
                  + mebibytes(TextReport.sum(burst.residentAfterMiB())),
              times(platform.memoryBeforeBurst().total(), 2, "when just started before"),
              times(platform.memoryAfterBurst().total(), 2, "after")));
    }
  }

  private void baseline() {
    if (baseline == null) {
      return;
    }
    heading("The baseline");
    paragraph("What this machine can do at all, measured in the same run.");
    table("headline", "Figure", "Value", "What it is");
    row(
        "A database",
        Figures.of(baseline.databaseStartSeconds(), 2) + " s",
        "until it is made, started and answers, alone");
    row(
        "Two inserts",
        perSecond(baseline.twoInsertsPerSecond(), "tx/s"),
        "PostgreSQL alone, 16 clients; with one: "
            + Figures.of(baseline.twoInsertsOneClientPerSecond(), 0));
    row(
        "Writes of an order",
        perSecond(baseline.orderWritesPerSecond(), "orders/s"),
        "every row that an order takes in all three databases, a transaction each, 16 clients");
    row(
        "The same, batched",
        perSecond(baseline.orderWritesBatchedPerSecond(), "orders/s"),
        "64 orders a transaction; "
            + Figures.of(baseline.orderWritesWalBytes(), 0)
            + " bytes of log an order");
    row(
        "One hop",
        percentiles(baseline.hop()),
        "append to an outbox until a consumer has the message, 20 a second");
    row(
        "One hop, at full speed",
        perSecond(baseline.hopRowsPerSecond(), "rows/s"),
        Figures.of(baseline.hopCpuMicrosPerRow(), 0)
            + " µs of CPU a row in PostgreSQL, Connect and the broker");
    row("Memory", mebibytes(baseline.residentMiB()), "all parts, when they had just started");
    endTable();
  }

  private void plots() {
    List<StepReport> costed =
        Stream.concat(report.steps.stream(), Stream.ofNullable(report.sustained)).toList();
    heading("Plots");
    page.append("<div class=\"plots\">\n");
    if (!open().isEmpty()) {
      throughput();
      latencies();
    }
    if (!costed.isEmpty()) {
      bars("cpu", "CPU per order, by process", "ms", costed, StepReport::cpuMillis);
    }
    if (report.sustained != null) {
      backlog("backlog-sustained", "Backlog at the sustained rate", report.sustained);
    }
    if (report.burst != null) {
      backlog("backlog-burst", "Backlog in the burst", report.burst.step());
    }
    if (!costed.isEmpty()) {
      bars("commits", "Commits per order, by database", "commits", costed, StepReport::commits);
      bars("wal", "WAL per order, by database", "bytes", costed, StepReport::walBytes);
    }
    page.append("</div>\n");
  }

  private List<StepReport> open() {
    return Stream.concat(report.steps.stream(), report.search.stream())
        .sorted(Comparator.comparingDouble(StepReport::offeredPerSecond))
        .toList();
  }

  private boolean isFilled(StepReport step) {
    return step.equals(report.afterFill);
  }

  private static boolean isAllTraced(StepReport step) {
    return step.name().equals(Bench.ALL_TRACED);
  }

  private boolean isPlain(StepReport step) {
    return !isFilled(step) && !isAllTraced(step);
  }

  private void throughput() {
    double most = open().stream().mapToDouble(StepReport::offeredPerSecond).max().orElse(1);
    List<Series> series = new ArrayList<>();
    series.add(
        new Series(
            "all that is offered",
            "ideal",
            Mark.LINE,
            List.of(new Point(0, 0), new Point(most, most))));
    StepReport sustained = report.sustained;
    if (sustained != null) {
      double offered = sustained.offeredPerSecond();
      double completed = sustained.completedPerSecond();
      series.add(
          new Series(
              "sustained: " + perSecond(completed, "orders/s"),
              "rate",
              Mark.LINE,
              List.of(
                  new Point(0, completed), new Point(offered, completed), new Point(offered, 0))));
    }
    series.add(completed("steady", "steady", step -> isPlain(step) && step.steady()));
    series.add(completed("fell behind", "behind", step -> isPlain(step) && !step.steady()));
    series.add(
        completed("every trace, steady", "traced", step -> isAllTraced(step) && step.steady()));
    series.add(
        completed(
            "every trace, fell behind",
            "behind traced",
            step -> isAllTraced(step) && !step.steady()));
    series.add(completed("tables filled", "filled", this::isFilled));
    figure(
        "Completed against offered",
        title ->
            SvgPlot.chart(
                new Caption(
                    "throughput",
                    title,
                    "Orders completed a second over orders offered a second, for every step."),
                new Axis("orders offered a second", false),
                new Axis("orders completed a second", false),
                series));
  }

  private Series completed(String name, String style, Predicate<StepReport> which) {
    return new Series(
        name,
        style,
        Mark.DOTS,
        open().stream()
            .filter(which)
            .map(step -> new Point(step.offeredPerSecond(), step.completedPerSecond()))
            .toList());
  }

  private void latencies() {
    List<Series> series = new ArrayList<>();
    percentiles(series, "POST", "post", StepReport::post);
    percentiles(series, "POST→end", "end", StepReport::completed);
    figure(
        "Latency against the rate",
        title ->
            SvgPlot.chart(
                new Caption(
                    "latency",
                    title,
                    "Percentiles of POST to its answer and of POST to the order's end, in"
                        + " milliseconds on a logarithmic axis, over orders offered a second."),
                new Axis("orders offered a second", false),
                new Axis("milliseconds", true),
                series));
  }

  private void percentiles(
      List<Series> series, String name, String style, Function<StepReport, Latencies> of) {
    series.add(percentile(name + " p50", style, of.andThen(Latencies::p50)));
    series.add(percentile(name + " p99", style + " p99", of.andThen(Latencies::p99)));
    series.add(percentile(name + " p99.9", style + " p999", of.andThen(Latencies::p999)));
  }

  private Series percentile(
      String name, String style, Function<StepReport, @Nullable Double> millis) {
    List<Point> points = new ArrayList<>();
    for (StepReport step : open()) {
      Double value = millis.apply(step);
      if (isPlain(step) && value != null) {
        points.add(new Point(step.offeredPerSecond(), value));
      }
    }
    return new Series(name, style, Mark.DOTTED_LINE, points);
  }

  private void bars(
      String id,
      String title,
      String unit,
      List<StepReport> steps,
      Function<StepReport, Map<String, Double>> figures) {
    List<Bar> bars =
        steps.stream()
            .map(
                step ->
                    new Bar(
                        step.name() + " · " + Figures.of(step.offeredPerSecond(), 0) + "/s",
                        figures.apply(step)))
            .toList();
    figure(
        title,
        named ->
            SvgPlot.bars(
                new Caption(id, named, "Stacked bars with their sums, one for each step."),
                unit,
                bars,
                name -> PARTS.contains(name) ? name : "other"));
  }

  private void backlog(String id, String title, StepReport step) {
    Series backlog =
        new Series(
            "offered, not ended",
            "steady",
            Mark.LINE,
            step.backlog().stream().map(at -> new Point(at.second(), at.orders())).toList());
    figure(
        title,
        named ->
            SvgPlot.chart(
                new Caption(id, named, "Orders offered and not yet ended, over the step."),
                new Axis("seconds", false),
                new Axis("orders under way", false),
                List.of(backlog)));
  }

  private void figure(String title, Function<String, String> plot) {
    page.append("<figure>\n<figcaption>")
        .append(SvgPlot.escape(title))
        .append("</figcaption>\n")
        .append(plot.apply(title))
        .append("\n</figure>\n");
  }

  private void steps(String title, List<StepReport> steps) {
    if (steps.isEmpty()) {
      return;
    }
    heading(title);
    table(
        "steps",
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
        "Failed");
    for (StepReport step : steps) {
      page.append("<tr><th scope=\"row\">").append(SvgPlot.escape(step.name())).append("</th>");
      page.append(step.steady() ? "<td class=\"verdict\">" : "<td class=\"verdict bad\">");
      page.append(TextReport.verdict(step)).append("</td>");
      cell(Figures.of(step.offeredPerSecond(), 0));
      cell(Figures.of(step.acceptedPerSecond(), 0));
      cell(Figures.of(step.completedPerSecond(), 0));
      for (Latencies timed : List.of(step.post(), step.completed())) {
        cell(Figures.of(timed.p50(), 1));
        cell(Figures.of(timed.p99(), 1));
        cell(Figures.of(timed.p999(), 1));
      }
      cell(Figures.of(step.totalCpuMillis(), 2));
      cell(Figures.of(step.totalCommits(), 2));
      cell(Figures.of(step.totalWalBytes(), 0));
      cell(Figures.of(step.outboxRows(), 2));
      cell(Figures.of(step.ordersPerTransaction(), 1));
      cell(Figures.rounded(step.meanMessagesPerTransaction()));
      cell(Figures.count(step.totalResidentMiB()));
      cell(Figures.count(step.outboxLagBytes()));
      cell(Figures.count(step.shed()));
      cell(Figures.count(step.failed()));
      page.append("</tr>\n");
      BaselineRatios ratios = BaselineRatios.of(step, baseline);
      ratios(step, ratios);
      across(
          "CPU ms by process",
          join(
              TextReport.parts(step.cpuMillis(), ratios.cpu()),
              TextReport.generator(step, ratios)));
      across("Commits by database", TextReport.parts(step.commits(), ratios.commits()));
      across("WAL bytes by database", TextReport.parts(step.walBytes(), ratios.wal()));
      across(
          "Messages/tx by consumer",
          TextReport.parts(step.messagesPerTransaction(), ratios.batches().byConsumer()));
      across("MiB by process", TextReport.parts(step.residentMiB(), ratios.memory()));
      across("Timed", timed(step, ratios));
      across("Completed", completed(ratios.rates()));
    }
    endTable();
  }

  private static String completed(BaselineRatios.Rates rates) {
    return join(
        times(rates.singleWrites(), 3, "the writes one by one"),
        times(rates.batchedWrites(), 3, "the batched writes"));
  }

  private static String timed(StepReport step, BaselineRatios ratios) {
    return Figures.count(step.post().count())
        + " POSTs; "
        + Figures.count(step.completed().count())
        + " to the end, of which "
        + Figures.count(step.waitedInVain())
        + " were answered before it (at least so long); "
        + Figures.count(step.refused().count())
        + " refused, after "
        + join(percentiles(step.refused()) + " ms", times(ratios.refused(), "one commit"));
  }

  private void across(String name, String text) {
    page.append("<tr class=\"ratios\"><th scope=\"row\">")
        .append(name)
        .append("</th><td colspan=\"20\">")
        .append(SvgPlot.escape(text))
        .append("</td></tr>\n");
  }

  private void ratios(StepReport step, BaselineRatios ratios) {
    page.append("<tr class=\"ratios\"><th scope=\"row\">× its baseline</th>");
    cell("");
    cell(Figures.of(ratios.rates().offered(), 3));
    cell(Figures.of(ratios.rates().accepted(), 3));
    cell(Figures.of(ratios.rates().completed(), 3));
    for (BaselineRatios.Times timed : List.of(ratios.post(), ratios.end())) {
      cell(Figures.of(timed.p50(), 1));
      cell(Figures.of(timed.p99(), 1));
      cell(Figures.of(timed.p999(), 1));
    }
    cell(Figures.of(ratios.cpu().total(), 2));
    cell(Figures.of(ratios.commits().total(), 1));
    cell(Figures.of(ratios.wal().total(), 2));
    cell(Figures.of(ratios.outboxRows(), 2));
    cell(Figures.of(ratios.batches().orders(), 2));
    cell(Figures.of(ratios.batches().messages(), 2));
    cell(Figures.of(ratios.memory().total(), 2));
    cell(Figures.of(ratios.lag(), 0));
    cell(ofOffered(step, step.shed()));
    cell(ofOffered(step, step.failed()));
    page.append("</tr>\n");
  }

  private static String ofOffered(StepReport step, long orders) {
    return step.offered() == 0 ? "" : Figures.percent((double) orders / step.offered());
  }

  private void heading(String text) {
    page.append("<h2>").append(SvgPlot.escape(text)).append("</h2>\n");
  }

  private void paragraph(String text) {
    page.append("<p>").append(SvgPlot.escape(text)).append("</p>\n");
  }

  private void table(String style, String... columns) {
    page.append("<div class=\"wide\">\n<table class=\"").append(style).append("\">\n<thead><tr>");
    for (String column : columns) {
      page.append("<th scope=\"col\">").append(SvgPlot.escape(column)).append("</th>");
    }
    page.append("</tr></thead>\n<tbody>\n");
  }

  private void row(String name, String value, String beside) {
    page.append("<tr><th scope=\"row\">").append(SvgPlot.escape(name)).append("</th>");
    cell(value);
    cell(beside);
    page.append("</tr>\n");
  }

  private void cell(String text) {
    page.append("<td>").append(SvgPlot.escape(text)).append("</td>");
  }

  private void endTable() {
    page.append("</tbody>\n</table>\n</div>\n");
  }

  private static String perSecond(double figure, String unit) {
    return Figures.of(figure, 0) + " " + unit;
  }

  private static String mebibytes(long figure) {
    return Figures.count(figure) + " MiB";
  }

  private static String times(@Nullable Double ratio, int decimals, String what) {
    return ratio == null ? "" : Figures.of(ratio, decimals) + " × " + what;
  }

  private static String times(BaselineRatios.Times ratios, String what) {
    return ratios.p50() == null
        ? ""
        : Figures.of(ratios.p50(), 1)
            + " / "
            + Figures.of(ratios.p99(), 1)
            + " / "
            + Figures.of(ratios.p999(), 1)
            + " × "
            + what;
  }

  private static String percentiles(Latencies latencies) {
    return latencies.count() == 0
        ? Figures.NONE
        : Figures.of(latencies.p50(), 1)
            + " / "
            + Figures.of(latencies.p99(), 1)
            + " / "
            + Figures.of(latencies.p999(), 1);
  }

  private static String join(String... notes) {
    return Stream.of(notes).filter(note -> !note.isEmpty()).collect(Collectors.joining("; "));
  }
}
