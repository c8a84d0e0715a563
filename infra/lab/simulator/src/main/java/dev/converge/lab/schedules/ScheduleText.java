package dev.converge.lab.schedules;

import java.io.PrintWriter;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Prints a schedule as text and as a Mermaid sequence diagram. */
final class ScheduleText {
  private ScheduleText() {}

  /** Prints the worst violation, if there is one. */
  static void print(String title, Exploration explored, PrintWriter out) {
    explored.worst().ifPresent(worst -> print(title, explored, worst, out));
  }

  private static void print(String title, Exploration explored, Violation worst, PrintWriter out) {
    out.println(title + ": " + steps(explored.violations()));
    explored.shortest(worst).ifPresent(schedule -> print(schedule.concluding(worst.words()), out));
  }

  private static String steps(Map<Violation, Schedule> violations) {
    return new TreeMap<>(violations)
        .entrySet().stream()
            .map(found -> found.getKey().words() + " (" + found.getValue().steps() + " steps)")
            .collect(Collectors.joining("; "));
  }

  static void print(Schedule schedule, PrintWriter out) {
    schedule.text().forEach(out::println);
    out.println();
    schedule.mermaid().forEach(out::println);
    out.println();
  }
}
