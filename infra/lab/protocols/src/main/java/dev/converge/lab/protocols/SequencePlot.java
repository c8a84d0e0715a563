package dev.converge.lab.protocols;

import dev.converge.lab.protocols.MessageSequence.Message;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Markup;
import dev.converge.platform.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Draws the messages of an order between the services, from top to bottom: one row for each, with
 * the time since the order was sent. Pure.
 */
final class SequencePlot {
  private static final int WIDTH = 420;
  private static final int TOP = 24;
  private static final int ROW = 26;
  private static final int TIME = 52;
  private static final int MAX_ROWS = 60;
  private static final String REGISTER = "register";
  private static final List<String> SERVICES =
      Stream.concat(Stream.of("client"), Topology.domains().stream()).toList();
  private static final List<String> SERVICES_AND_REGISTER =
      Stream.concat(SERVICES.stream(), Stream.of(REGISTER)).toList();

  private final List<String> lanes;

  private SequencePlot(List<Message> messages) {
    boolean hasRegister = messages.stream().anyMatch(message -> message.to().equals(REGISTER));
    this.lanes = hasRegister ? SERVICES_AND_REGISTER : SERVICES;
  }

  /**
   * The diagram. The register has a column where a message is sent to it.
   *
   * @param style the CSS class of the arrows
   */
  static String of(String id, String title, String style, MessageSequence sequence) {
    return new SequencePlot(sequence.messages()).draw(id, title, style, sequence.messages());
  }

  private String draw(String id, String title, String style, List<Message> messages) {
    List<Message> shown =
        messages.stream().filter(message -> lane(message.from()) >= 0).limit(MAX_ROWS).toList();
    double height = TOP + ROW * (shown.size() + 0.5);
    StringBuilder svg = new StringBuilder();
    svg.append(
        format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 %d %.0f\""
                + " class=\"%s\" aria-labelledby=\"%s-title %s-desc\"><title id=\"%s-title\">%s</title>"
                + "<desc id=\"%s-desc\">%s</desc>",
            WIDTH,
            height,
            Markup.escape(style),
            id,
            id,
            id,
            Markup.escape(title),
            id,
            Markup.escape(description(shown))));
    for (int lane = 0; lane < lanes.size(); lane++) {
      double x = x(lane);
      svg.append(text(x, 12, "middle", "axis", lanes.get(lane)));
      svg.append(
          format(
              "<line class=\"lane\" x1=\"%.1f\" y1=\"18\" x2=\"%.1f\" y2=\"%.1f\"/>",
              x, x, height));
    }
    for (int row = 0; row < shown.size(); row++) {
      svg.append(draw(shown.get(row), TOP + ROW * (row + 0.75)));
    }
    return svg.append("</svg>").toString();
  }

  private String draw(Message message, double y) {
    int from = lane(message.from());
    int to = lane(message.to());
    StringBuilder svg = new StringBuilder();
    svg.append(message.lost() ? "<g class=\"lost\">" : "<g>");
    svg.append(text(0, y + 3, "start", "tick", time(message.atMillis())));
    String name = message.name() + (message.lost() ? " ✗" : "");
    if (to < 0 || from == to) {
      boolean last = from == lanes.size() - 1;
      svg.append(text(x(from) + (last ? -5 : 5), y + 3, last ? "end" : "start", "step", name));
    } else {
      double x1 = x(from);
      double x2 = x(to);
      double back = x2 > x1 ? -6 : 6;
      svg.append(
              format(
                  "<line class=\"message\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
                  x1, y, x2, y))
          .append(format("<path class=\"arrow\" d=\"M%.1f %.1fl%.0f -3.5v7z\"/>", x2, y, back))
          .append(text((x1 + x2) / 2, y - 4, "middle", "step", name));
    }
    return svg.append("</g>").toString();
  }

  private static String time(double millis) {
    return millis < 10_000 ? Figures.of(millis, 0) + " ms" : Figures.of(millis / 1_000, 1) + " s";
  }

  private static String description(List<Message> messages) {
    List<String> words = new ArrayList<>();
    for (Message message : messages) {
      words.add(
          message.from()
              + " to "
              + message.to()
              + ": "
              + message.name()
              + (message.lost() ? " (lost)" : ""));
    }
    return String.join("; ", words);
  }

  private int lane(String name) {
    return lanes.indexOf(name);
  }

  private double x(int lane) {
    double step = (WIDTH - TIME - 40.0) / (lanes.size() - 1);
    return TIME + 10 + lane * step;
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
