package dev.converge.lab.protocols;

import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Markup;
import dev.converge.lab.report.Scale;
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
  private static final int LEFT = 44;
  private static final double LARGEST = 34;

  /** The largest dot fits beside the axis. */
  private static final int RIGHT = WIDTH - 38;

  private static final double SMALLEST = 3;
  private static final int LABEL = 14;
  private static final double CHARACTER = 7.5;

  private TrianglePlot() {}

  /** The place of a label, from its left to its right end. */
  private record Label(double left, double right, double y) {
    boolean overlaps(Label other) {
      return left < other.right && other.left < right && Math.abs(y - other.y) < LABEL;
    }
  }

  static String of(List<ProtocolResult> protocols) {
    Scale x =
        Scale.of(
            new Axis("", false),
            protocols.stream().map(p -> (double) p.unavailableSeconds()).toList());
    Scale y =
        Scale.of(
            new Axis("", false),
            protocols.stream().map(p -> (double) p.finalState().divergentOrders()).toList());
    double most = protocols.stream().mapToDouble(p -> p.inDoubt().branchSeconds()).max().orElse(0);
    int bottom = TOP + HEIGHT;
    StringBuilder svg = new StringBuilder();
    svg.append(
        format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 %d %d\""
                + " aria-labelledby=\"triangle-title triangle-desc\">"
                + "<title id=\"triangle-title\">Availability, consistency and time in doubt</title>"
                + "<desc id=\"triangle-desc\">%s</desc>",
            WIDTH, bottom + 52, Markup.escape(description(protocols))));
    svg.append(text(0, TOP - 46.0, "start", "axis", "divergent orders"));
    for (double tick : y.ticks()) {
      double at = bottom - HEIGHT * y.share(tick);
      svg.append(line(LEFT, at, RIGHT, at, "grid"));
      svg.append(text(LEFT - 4, at + 4, "end", "tick", Scale.tick(tick)));
    }
    for (double tick : x.ticks()) {
      svg.append(text(at(x, tick), bottom + 14, "middle", "tick", Scale.tick(tick)));
    }
    svg.append(line(LEFT, bottom, RIGHT, bottom, "base"));
    svg.append(text(RIGHT, bottom + 46, "end", "axis", "seconds unavailable"));
    List<Label> labels = new ArrayList<>();
    protocols.stream()
        .sorted(Comparator.comparingDouble(p -> -p.inDoubt().branchSeconds()))
        .forEach(
            p -> {
              double cx = at(x, p.unavailableSeconds());
              double cy = bottom - HEIGHT * y.share(p.finalState().divergentOrders());
              svg.append(dot(p, cx, cy, most)).append(label(p, place(labels, p, cx, cy)));
            });
    return svg.append("</svg>").toString();
  }

  // The area, not the radius, shows the time.
  private static String dot(ProtocolResult p, double x, double y, double most) {
    double share = most <= 0 ? 0 : p.inDoubt().branchSeconds() / most;
    return format(
        "<g class=\"%s\"><circle class=\"area\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"><title>%s</title>"
            + "</circle></g>",
        p.of().style(),
        x,
        y,
        Math.max(SMALLEST, LARGEST * Math.sqrt(share)),
        Markup.escape(says(p)));
  }

  private static String label(ProtocolResult p, Label at) {
    return text(at.left(), at.y(), "start", "value", p.protocol());
  }

  /** A place for a label near its dot that no other label covers: above it, higher as needed. */
  private static Label place(List<Label> taken, ProtocolResult p, double x, double y) {
    double width = CHARACTER * p.protocol().length();
    double left = Math.min(x + 6, WIDTH - width);
    Label at = new Label(left, left + width, y - 5);
    while (taken.stream().anyMatch(at::overlaps)) {
      at = new Label(left, left + width, at.y() - LABEL);
    }
    taken.add(at);
    return at;
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

  private static double at(Scale x, double value) {
    return LEFT + (RIGHT - LEFT) * x.share(value);
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
