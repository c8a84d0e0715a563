package dev.converge.lab.bench;

import dev.converge.lab.load.Latencies;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Page;
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

/** The page's plots: throughput, latency, costs and backlog of the steps. */
final class StepPlots {
  private static final Set<String> PARTS =
      Part.all().stream().map(Part::id).collect(Collectors.toUnmodifiableSet());

  private final BenchReport report;
  private final List<Page.Figure> figures = new ArrayList<>();

  StepPlots(BenchReport report) {
    this.report = report;
  }

  /** Plots of the measurements. */
  List<Page.Figure> figures() {
    if (!open().isEmpty()) {
      throughput();
      latencies();
    }
    List<StepReport> costed =
        Stream.concat(report.steps.stream(), Stream.ofNullable(report.sustained)).toList();
    if (!costed.isEmpty()) {
      bars("cpu", "CPU per order, by process", "ms", costed, step -> step.costs().cpuMillis());
    }
    if (report.sustained != null) {
      backlog("backlog-sustained", "Backlog at the sustained rate", report.sustained);
    }
    if (report.burst != null) {
      backlog("backlog-burst", "Backlog in the burst", report.burst.step());
    }
    if (!costed.isEmpty()) {
      bars(
          "commits",
          "Commits per order, by database",
          "commits",
          costed,
          step -> step.costs().commits());
      bars("wal", "WAL per order, by database", "bytes", costed, step -> step.costs().walBytes());
    }
    return List.copyOf(figures);
  }

  private List<StepReport> open() {
    return Stream.concat(report.steps.stream(), report.search.stream())
        .sorted(Comparator.comparingDouble(step -> step.rates().offeredPerSecond()))
        .toList();
  }

  private boolean isFilled(StepReport step) {
    return step.equals(report.afterFill);
  }

  private static boolean isAllTraced(StepReport step) {
    return step.name().equals(SustainedRate.ALL_TRACED);
  }

  private boolean isPlain(StepReport step) {
    return !isFilled(step) && !isAllTraced(step);
  }

  private void throughput() {
    double most =
        open().stream().mapToDouble(step -> step.rates().offeredPerSecond()).max().orElse(1);
    List<Series> series = new ArrayList<>();
    series.add(
        new Series(
            "all that is offered",
            "ideal",
            Mark.LINE,
            List.of(new Point(0, 0), new Point(most, most))));
    StepReport sustained = report.sustained;
    if (sustained != null) {
      double offered = sustained.rates().offeredPerSecond();
      double completed = sustained.rates().completedPerSecond();
      series.add(
          new Series(
              "sustained: " + Wording.perSecond(completed, "orders/s"),
              "rate",
              Mark.LINE,
              List.of(
                  new Point(0, completed), new Point(offered, completed), new Point(offered, 0))));
    }
    series.add(completed("steady", "steady", step -> isPlain(step) && step.course().steady()));
    series.add(
        completed("fell behind", "behind", step -> isPlain(step) && !step.course().steady()));
    series.add(
        completed(
            "every trace, steady", "traced", step -> isAllTraced(step) && step.course().steady()));
    series.add(
        completed(
            "every trace, fell behind",
            "behind traced",
            step -> isAllTraced(step) && !step.course().steady()));
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
            .map(
                step ->
                    new Point(step.rates().offeredPerSecond(), step.rates().completedPerSecond()))
            .toList());
  }

  private void latencies() {
    List<Series> series = new ArrayList<>();
    percentiles(series, "POST", "post", step -> step.times().post());
    percentiles(series, "POST→end", "end", step -> step.times().completed());
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
        points.add(new Point(step.rates().offeredPerSecond(), value));
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
                        step.name() + " · " + Figures.of(step.rates().offeredPerSecond(), 0) + "/s",
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
            step.course().backlog().stream()
                .map(at -> new Point(at.second(), at.orders()))
                .toList());
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
    figures.add(new Page.Figure(title, plot.apply(title)));
  }
}
