package dev.converge.lab.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleFunction;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Plots as SVG elements, which are well-formed XML by themselves: pure functions of the figures.
 * Points that are not finite, or not positive on a logarithmic axis, are left out. Colours and
 * strokes are the page's, by CSS class.
 */
public final class SvgPlot {
  // Drawn for a phone: a page shows it larger, never much smaller.
  private static final int WIDTH = 420;
  private static final int PLOT_HEIGHT = 210;
  private static final int GAP = 8;
  private static final int LINE_HEIGHT = 16;
  private static final double CHARACTER_WIDTH = 6.1;
  private static final int SWATCH = 22;
  private static final int BAR = 16;
  private static final int BAR_PITCH = 24;
  private static final double DOT = 3.2;

  /** An axis that reaches this far has no ticks between whole numbers. */
  public static final double WHOLE_TICKS = 5;

  private SvgPlot() {}

  /**
   * The caption of a plot.
   *
   * @param id unique within the page
   * @param description for those who cannot see it
   */
  public record Caption(String id, String title, String description) {}

  /**
   * An axis.
   *
   * @param reaches a value that it shows in any case, so that several plots have the same scale; 0
   *     for none
   */
  public record Axis(String title, boolean logarithmic, double reaches) {
    /** An axis that fits its values. */
    public Axis(String title, boolean logarithmic) {
      this(title, logarithmic, 0);
    }
  }

  /** A point. */
  public record Point(double x, double y) {}

  /** How a series is drawn. */
  public enum Mark {
    LINE,
    DOTS,
    DOTTED_LINE
  }

  /**
   * Points that belong together.
   *
   * @param style CSS classes
   */
  public record Series(String name, String style, Mark mark, List<Point> points) {}

  /** A bar of segments, in their order. */
  public record Bar(String label, Map<String, Double> segments) {}

  /**
   * A stretch of the horizontal axis, behind the series.
   *
   * @param label a short text at its top, such as a number; may be empty
   * @param style CSS classes
   */
  public record Band(String label, String name, String style, double from, double to) {}

  /** Series over two axes. */
  public static String chart(Caption caption, Axis xAxis, Axis yAxis, List<Series> series) {
    return chart(caption, xAxis, yAxis, series, List.of());
  }

  /** Series over two axes, before bands. */
  public static String chart(
      Caption caption, Axis xAxis, Axis yAxis, List<Series> series, List<Band> bands) {
    List<Series> drawn = new ArrayList<>();
    for (Series one : series) {
      List<Point> points =
          one.points().stream()
              .filter(point -> isDrawn(point.x(), xAxis) && isDrawn(point.y(), yAxis))
              .toList();
      if (!points.isEmpty()) {
        drawn.add(new Series(one.name(), one.style(), one.mark(), points));
      }
    }
    Scale x =
        Scale.of(xAxis, drawn.stream().flatMap(s -> s.points().stream()).map(Point::x).toList());
    Scale y =
        Scale.of(yAxis, drawn.stream().flatMap(s -> s.points().stream()).map(Point::y).toList());
    Legend legend = new Legend(drawn);
    double top = legend.height() + LINE_HEIGHT + GAP;
    double left = widest(y.ticks().stream().map(Scale::tick).toList()) + GAP;
    double right = WIDTH - 20.0;
    double bottom = top + PLOT_HEIGHT;
    DoubleUnaryOperator toX = value -> left + (right - left) * x.share(value);
    DoubleUnaryOperator toY = value -> bottom - PLOT_HEIGHT * y.share(value);

    StringBuilder svg = open(caption, bottom + 2 * LINE_HEIGHT + GAP);
    svg.append(legend.draw());
    bands.forEach(band -> svg.append(draw(band, toX, left, right, top)));
    svg.append(text(0, top - GAP, "start", "axis", yAxis.title()));
    for (double value : y.ticks()) {
      double at = toY.applyAsDouble(value);
      svg.append(line(left, at, right, at, "grid"));
      svg.append(text(left - 4, at + 4, "end", "tick", Scale.tick(value)));
    }
    svg.append(horizontalAxis(x, toX, bottom, xAxis.title(), left, right));
    drawn.forEach(one -> svg.append(draw(one, toX, toY)));
    return svg.append("</svg>").toString();
  }

  /**
   * Bars of segments, one below the other, with their sums.
   *
   * @param style the CSS class of a segment, by its name
   */
  public static String bars(
      Caption caption, String axisTitle, List<Bar> bars, UnaryOperator<String> style) {
    return bars(caption, new Axis(axisTitle, false), bars, style, Figures::rounded, Figures.NONE);
  }

  /**
   * Bars of segments that are counts, as {@link #bars(Caption, String, List, UnaryOperator)}: a bar
   * without segments is 0.
   */
  public static String countBars(
      Caption caption, String axisTitle, List<Bar> bars, UnaryOperator<String> style) {
    return bars(
        caption,
        new Axis(axisTitle, false, WHOLE_TICKS),
        bars,
        style,
        count -> Figures.count(Math.round(count)),
        "0");
  }

  private static String bars(
      Caption caption,
      Axis axis,
      List<Bar> bars,
      UnaryOperator<String> style,
      DoubleFunction<String> figure,
      String nothing) {
    Function<Bar, String> total =
        bar -> bar.segments().isEmpty() ? nothing : figure.apply(sum(bar));
    Map<String, Series> names = new LinkedHashMap<>();
    for (Bar bar : bars) {
      for (String name : bar.segments().keySet()) {
        names.putIfAbsent(name, new Series(name, style.apply(name), Mark.DOTS, List.of()));
      }
    }
    Legend legend = new Legend(List.copyOf(names.values()));
    Scale x = Scale.of(axis, bars.stream().map(SvgPlot::sum).toList());
    double top = legend.height() + GAP;
    double left = widest(bars.stream().map(Bar::label).toList()) + GAP;
    double right = WIDTH - widest(bars.stream().map(total).toList()) - 8;
    double bottom = top + Math.max(1, bars.size()) * BAR_PITCH;
    DoubleUnaryOperator toX = value -> left + (right - left) * x.share(value);

    StringBuilder svg = open(caption, bottom + 2 * LINE_HEIGHT + GAP);
    svg.append(legend.draw());
    x.ticks()
        .forEach(
            value -> {
              double at = toX.applyAsDouble(value);
              svg.append(line(at, top, at, bottom, "grid"));
            });
    svg.append(horizontalAxis(x, toX, bottom, axis.title(), left, right));
    for (int row = 0; row < bars.size(); row++) {
      Bar bar = bars.get(row);
      double y = top + row * BAR_PITCH + (BAR_PITCH - BAR) / 2.0;
      svg.append(text(left - 4, y + BAR - 4, "end", "tick", bar.label()));
      double from = 0;
      for (Map.Entry<String, Double> segment : bar.segments().entrySet()) {
        double value = amount(segment.getValue());
        svg.append(
            format(
                "<rect class=\"mark %s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\">"
                    + "<title>%s</title></rect>",
                style.apply(segment.getKey()),
                toX.applyAsDouble(from),
                y,
                toX.applyAsDouble(from + value) - toX.applyAsDouble(from),
                BAR,
                Markup.escape(bar.label() + ": " + segment.getKey() + " " + figure.apply(value))));
        from += value;
      }
      svg.append(
          text(toX.applyAsDouble(from) + 4, y + BAR - 4, "start", "value", total.apply(bar)));
    }
    return svg.append("</svg>").toString();
  }

  private static boolean isDrawn(double value, Axis axis) {
    return Double.isFinite(value) && (!axis.logarithmic() || value > 0);
  }

  private static double amount(double value) {
    return Double.isFinite(value) ? Math.max(0, value) : 0;
  }

  private static double sum(Bar bar) {
    return bar.segments().values().stream().mapToDouble(SvgPlot::amount).sum();
  }

  private static double widest(List<String> texts) {
    return texts.stream().mapToDouble(SvgPlot::width).max().orElse(0);
  }

  private static double width(String text) {
    return text.length() * CHARACTER_WIDTH;
  }

  private static StringBuilder open(Caption caption, double height) {
    return new StringBuilder()
        .append(
            format(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 %d %.0f\""
                    + " aria-labelledby=\"%3$s-title %3$s-desc\">"
                    + "<title id=\"%3$s-title\">%4$s</title><desc id=\"%3$s-desc\">%5$s</desc>",
                WIDTH,
                height,
                Markup.escape(caption.id()),
                Markup.escape(caption.title()),
                Markup.escape(caption.description())));
  }

  private static String horizontalAxis(
      Scale scale,
      DoubleUnaryOperator toX,
      double bottom,
      String title,
      double left,
      double right) {
    StringBuilder svg = new StringBuilder(line(left, bottom, right, bottom, "base"));
    for (double value : scale.ticks()) {
      svg.append(
          text(
              toX.applyAsDouble(value),
              bottom + LINE_HEIGHT - 2,
              "middle",
              "tick",
              Scale.tick(value)));
    }
    return svg.append(text(right, bottom + 2 * LINE_HEIGHT, "end", "axis", title)).toString();
  }

  // At least as wide as can be seen, and never beyond the axes.
  private static String draw(
      Band band, DoubleUnaryOperator toX, double left, double right, double top) {
    double from = Math.max(left, Math.min(right - 1, toX.applyAsDouble(band.from())));
    double to = Math.max(from + 1, Math.min(right, toX.applyAsDouble(band.to())));
    String area =
        format(
            "<rect class=\"band %s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\">"
                + "<title>%s</title></rect>",
            Markup.escape(band.style()),
            from,
            top,
            to - from,
            PLOT_HEIGHT,
            Markup.escape(band.name()));
    return band.label().isEmpty()
        ? area
        : area + text((from + to) / 2, top - 2, "middle", "tick", band.label());
  }

  private static String draw(Series series, DoubleUnaryOperator toX, DoubleUnaryOperator toY) {
    StringBuilder svg =
        new StringBuilder(format("<g class=\"%s\">", Markup.escape(series.style())));
    if (series.mark() != Mark.DOTS) {
      svg.append("<polyline class=\"line\" points=\"");
      for (Point point : series.points()) {
        svg.append(
            format("%.1f,%.1f ", toX.applyAsDouble(point.x()), toY.applyAsDouble(point.y())));
      }
      svg.setLength(svg.length() - 1);
      svg.append(format("\"><title>%s</title></polyline>", Markup.escape(series.name())));
    }
    if (series.mark() != Mark.LINE) {
      for (Point point : series.points()) {
        svg.append(
            format(
                "<circle class=\"mark\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"><title>%s</title>"
                    + "</circle>",
                toX.applyAsDouble(point.x()),
                toY.applyAsDouble(point.y()),
                DOT,
                Markup.escape(
                    series.name()
                        + ": "
                        + Figures.rounded(point.y())
                        + " at "
                        + Figures.rounded(point.x()))));
      }
    }
    return svg.append("</g>").toString();
  }

  /** Names beside their marks, in as many rows as they need. */
  private record Legend(List<Series> series) {
    private static double taken(Series one) {
      return SWATCH + width(one.name()) + 2 * GAP;
    }

    double height() {
      int rows = 1;
      double x = 0;
      for (Series one : series) {
        if (x > 0 && x + taken(one) > WIDTH) {
          rows++;
          x = 0;
        }
        x += taken(one);
      }
      return rows * LINE_HEIGHT;
    }

    String draw() {
      StringBuilder svg = new StringBuilder();
      double x = 0;
      double y = LINE_HEIGHT / 2.0;
      for (Series one : series) {
        if (x > 0 && x + taken(one) > WIDTH) {
          x = 0;
          y += LINE_HEIGHT;
        }
        svg.append(format("<g class=\"%s\">", Markup.escape(one.style())));
        if (one.mark() != Mark.DOTS) {
          svg.append(line(x, y, x + SWATCH - 4, y, "line"));
        }
        if (one.mark() == Mark.DOTTED_LINE) {
          svg.append(
              format("<circle class=\"mark\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/>", x + 9, y, DOT));
        } else if (one.mark() == Mark.DOTS) {
          svg.append(
              format(
                  "<rect class=\"mark\" x=\"%.1f\" y=\"%.1f\" width=\"10\" height=\"10\" rx=\"2\"/>",
                  x + 6, y - 5));
        }
        svg.append("</g>").append(text(x + SWATCH, y + 4, "start", "tick", one.name()));
        x += taken(one);
      }
      return svg.toString();
    }
  }

  private static String line(double x1, double y1, double x2, double y2, String style) {
    return format(
        "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
        style, x1, y1, x2, y2);
  }

  private static String text(double x, double y, String anchor, String style, String text) {
    return format(
        "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>",
        style, x, y, anchor, Markup.escape(text));
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
