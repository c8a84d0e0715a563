package dev.converge.lab.protocols;

import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Markup;
import dev.converge.lab.report.Scale;
import dev.converge.lab.report.SvgPlot;
import dev.converge.lab.report.SvgPlot.Axis;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * One dot for each protocol: seconds unavailable, divergent orders, and time in doubt as its area.
 * Pure.
 */
final class TrianglePlot {
  private static final int WIDTH = 420;
  private static final int HEIGHT = 260;
  private static final int TOP = 64;
  private static final int BOTTOM = TOP + HEIGHT;
  private static final int LEFT = 44;
  private static final double LARGEST = 34;

  private static final double SMALLEST = 3;
  private static final double CENTRE = 1.6;
  private static final int LABEL = 15;
  private static final double CHARACTER = 7.5;
  private static final int GAP = 4;

  private final List<ProtocolResult> protocols;
  private final Scale x;
  private final Scale y;

  /** The column of the labels that have no room beside their dots. */
  private final double column;

  /** The largest dot fits between the axis and the column. */
  private final double right;

  private TrianglePlot(List<ProtocolResult> protocols) {
    this.protocols = protocols;
    this.x = scale(protocols.stream().map(p -> (double) p.unavailableSeconds()).toList());
    this.y = scale(protocols.stream().map(p -> (double) p.finalState().divergentOrders()).toList());
    this.column = WIDTH - protocols.stream().mapToDouble(p -> width(p.protocol())).max().orElse(0);
    this.right = column - LARGEST - 2 * GAP;
  }

  private static Scale scale(List<Double> values) {
    return Scale.of(new Axis("", false, SvgPlot.WHOLE_TICKS), values);
  }

  /** A box, such as that of a text or around a dot. */
  private record Box(double left, double top, double right, double bottom) {
    boolean overlaps(Box other) {
      return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
    }
  }

  private record Dot(ProtocolResult of, double x, double y, double radius) {
    Box box() {
      return new Box(x - radius, y - radius, x + radius, y + radius);
    }

    /** Dots in one row are at about one height. */
    long row() {
      return Math.round(y / LABEL);
    }

    /** The place of the label beside the dot, above the axis. */
    Label beside() {
      return new Label(this, x + radius + GAP, y - GAP);
    }
  }

  /**
   * A label.
   *
   * @param x of its beginning
   * @param y of its base line
   */
  private record Label(Dot dot, double x, double y) {
    Box box() {
      return new Box(x, y - LABEL + GAP, x + width(dot.of().protocol()), y + GAP);
    }
  }

  static String of(List<ProtocolResult> protocols) {
    return new TrianglePlot(protocols).svg();
  }

  private String svg() {
    StringBuilder svg = new StringBuilder();
    svg.append(
        format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 %d %d\""
                + " aria-labelledby=\"triangle-title triangle-desc\">"
                + "<title id=\"triangle-title\">Availability, consistency and time in doubt</title>"
                + "<desc id=\"triangle-desc\">%s</desc>",
            WIDTH, BOTTOM + 52, Markup.escape(description(protocols))));
    svg.append(text(0, TOP - 46.0, "start", "axis", "divergent orders"));
    for (double tick : y.ticks()) {
      double at = BOTTOM - HEIGHT * y.share(tick);
      svg.append(line(LEFT, at, right, at, "grid"));
      svg.append(text(LEFT - 4, at + 4, "end", "tick", Scale.tick(tick)));
    }
    for (double tick : x.ticks()) {
      svg.append(text(at(tick), BOTTOM + 14, "middle", "tick", Scale.tick(tick)));
    }
    svg.append(line(LEFT, BOTTOM, right, BOTTOM, "base"));
    svg.append(text(right, BOTTOM + 46, "end", "axis", "seconds unavailable"));
    List<Dot> dots = dots();
    dots.forEach(dot -> svg.append(draw(dot)));
    labels(dots).forEach(label -> svg.append(draw(label)));
    return svg.append("</svg>").toString();
  }

  // The largest first, so that no dot hides another. The area, not the radius, shows the time.
  private List<Dot> dots() {
    double most = protocols.stream().mapToDouble(p -> p.inDoubt().branchSeconds()).max().orElse(0);
    return protocols.stream()
        .sorted(Comparator.comparingDouble(p -> -p.inDoubt().branchSeconds()))
        .map(
            p ->
                new Dot(
                    p,
                    at(p.unavailableSeconds()),
                    BOTTOM - HEIGHT * y.share(p.finalState().divergentOrders()),
                    most <= 0
                        ? SMALLEST
                        : Math.max(
                            SMALLEST, LARGEST * Math.sqrt(p.inDoubt().branchSeconds() / most))))
        .toList();
  }

  /** Each label is beside its dot, or in the column if it would cover a dot or a label there. */
  private List<Label> labels(List<Dot> dots) {
    List<Label> labels = new ArrayList<>();
    List<Dot> crowded = new ArrayList<>();
    for (Dot dot : dots) {
      Label beside = dot.beside();
      boolean isFree =
          beside.box().right() <= column
              && dots.stream()
                  .noneMatch(other -> !other.equals(dot) && beside.box().overlaps(other.box()))
              && labels.stream().noneMatch(other -> beside.box().overlaps(other.box()));
      if (isFree) {
        labels.add(beside);
      } else {
        crowded.add(dot);
      }
    }
    labels.addAll(inColumn(crowded));
    return labels;
  }

  // From the lowest up. Of dots at one height the last gets the lowest label: no leader crosses
  // another.
  private List<Label> inColumn(List<Dot> crowded) {
    List<Label> labels = new ArrayList<>();
    double lowest = BOTTOM + (double) GAP;
    for (Dot dot :
        crowded.stream()
            .sorted(Comparator.comparingLong(Dot::row).thenComparingDouble(Dot::x).reversed())
            .toList()) {
      double base = Math.min(dot.y() + GAP, lowest);
      labels.add(new Label(dot, column, base));
      lowest = base - LABEL;
    }
    return labels;
  }

  private static String draw(Dot dot) {
    return format(
        "<g class=\"%s\"><circle class=\"area\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"><title>%s</title>"
            + "</circle></g>",
        dot.of().of().style(), dot.x(), dot.y(), dot.radius(), Markup.escape(says(dot.of())));
  }

  private String draw(Label label) {
    Dot dot = label.dot();
    String leader =
        label.x() < column
            ? ""
            : format(
                "<g class=\"%s\">%s<circle class=\"mark\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/></g>",
                dot.of().of().style(),
                line(dot.x(), dot.y(), column - GAP, label.y() - GAP, "leader"),
                dot.x(),
                dot.y(),
                CENTRE);
    return leader + text(label.x(), label.y(), "start", "value", dot.of().protocol());
  }

  private static double width(String text) {
    return CHARACTER * text.length();
  }

  private static String says(ProtocolResult p) {
    return format(
        "%s: %d s unavailable, %d divergent orders, %s s in doubt",
        p.protocol(),
        p.unavailableSeconds(),
        p.finalState().divergentOrders(),
        Figures.rounded(p.inDoubt().branchSeconds()));
  }

  private static String description(List<ProtocolResult> protocols) {
    return String.join("; ", protocols.stream().map(TrianglePlot::says).toList());
  }

  private double at(double value) {
    return LEFT + (right - LEFT) * x.share(value);
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
