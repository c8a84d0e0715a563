package dev.converge.lab.schedules;

import dev.converge.lab.schedules.Story.Event;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A schedule, as it is shown.
 *
 * @param steps how many moves it has
 * @param last the first event of its last move
 * @param conclusion what it shows; empty for nothing
 */
record Schedule(int steps, List<Event> events, int last, String conclusion) {

  Schedule {
    events = List.copyOf(events);
  }

  private record Line(boolean isNote, boolean isLost, String from, String to, String text) {}

  Schedule concluding(String what) {
    return new Schedule(steps, events, last, what);
  }

  /** One line for each message and event. */
  List<String> text() {
    List<String> text = new ArrayList<>();
    for (Line line : lines()) {
      text.add(
          String.format(Locale.ROOT, "%3d  ", text.size() + 1)
              + (line.isNote()
                  ? line.from() + ": " + line.text()
                  : line.from()
                      + " -> "
                      + line.to()
                      + ": "
                      + line.text()
                      + (line.isLost() ? "   (does not arrive)" : "")));
    }
    if (!conclusion.isEmpty()) {
      text.add("  => " + conclusion);
    }
    return text;
  }

  /** The source of a Mermaid sequence diagram. */
  List<String> mermaid() {
    List<String> source = new ArrayList<>(List.of("sequenceDiagram"));
    nodes().forEach(node -> source.add("    participant " + node));
    for (Line line : lines()) {
      source.add(
          line.isNote()
              ? "    Note over " + line.from() + ": " + escaped(line.text())
              : "    "
                  + line.from()
                  + (line.isLost() ? "-x" : "->>")
                  + line.to()
                  + ": "
                  + escaped(line.text()));
    }
    if (!conclusion.isEmpty()) {
      List<String> nodes = nodes();
      source.add(
          "    Note over "
              + nodes.get(0)
              + ","
              + nodes.get(nodes.size() - 1)
              + ": "
              + escaped(conclusion));
    }
    return source;
  }

  // A semicolon ends a statement.
  private static String escaped(String text) {
    return text.replace(";", ",");
  }

  private List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    Set<Event> before = new LinkedHashSet<>();
    for (int i = 0; i < events.size(); i++) {
      Event event = events.get(i);
      switch (event.kind()) {
        case NOTE -> lines.add(new Line(true, false, event.from(), event.to(), event.text()));
        case SENT -> {
          if (i < last && !arrivesAfter(i)) {
            lines.add(new Line(false, true, event.from(), event.to(), event.text()));
          }
        }
        case ARRIVED -> {
          boolean again = !before.add(event);
          String text = event.text() + (again ? ", again" : "");
          lines.add(new Line(false, false, event.from(), event.to(), text));
        }
      }
    }
    return lines;
  }

  private boolean arrivesAfter(int sent) {
    return events.subList(sent, events.size()).stream()
        .anyMatch(event -> event.isArrivalOf(events.get(sent)));
  }

  private List<String> nodes() {
    Set<String> nodes = new LinkedHashSet<>();
    for (Event event : events) {
      nodes.add(event.from());
      nodes.add(event.to());
    }
    return List.copyOf(nodes);
  }
}
