package dev.converge.lab.scale;

import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Page;
import dev.converge.lab.report.Report;
import dev.converge.lab.report.Table;
import dev.converge.lab.report.Table.Cell;
import dev.converge.lab.scale.ScaleResult.Core;
import dev.converge.lab.scale.ScaleResult.Goal;
import dev.converge.lab.scale.ScaleResult.Instances;
import dev.converge.lab.scale.ScaleResult.Rebalance;
import dev.converge.lab.scale.ScaleResult.Slots;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The report of a run, as a page and as text. Pure. */
final class ScalePage {
  private static final String NAME = "scale";

  private final ScaleResult result;

  private ScalePage(ScaleResult result) {
    this.result = result;
  }

  static Report of(ScaleResult result) throws IOException {
    ScalePage page = new ScalePage(result);
    return Report.of(NAME, result, page.html(), page.text());
  }

  private String html() {
    Page page =
        new Page(
            "More slots, more instances",
            List.of(
                format(
                    "Everything runs on one machine with %d processors, so more processes share"
                        + " them: the figures show where the wall is, and what is kept.",
                    result.processors())));
    page.heading("Goals");
    page.table(goals());
    page.heading("One outbox, several slots");
    page.paragraph(
        "Each slot has a publication with a row filter by a hash of the key, and a connector of"
            + " its own. Nothing but the database, Kafka and Kafka Connect runs.");
    page.table(slots());
    page.heading("Several instances of each service");
    page.table(instances());
    page.heading("A member joins, leaves or is killed");
    page.table(rebalances());
    return page.html();
  }

  private Table goals() {
    Table table = new Table("", "Goal", "Found", "Met");
    for (Goal goal : result.goals()) {
      table.row(Cell.head(goal.goal()), Cell.of(goal.found()), Cell.of(goal.met() ? "yes" : "NO"));
    }
    return table;
  }

  private Table slots() {
    Table table =
        new Table("", "Slots", "Rows", "Rows/s", "Of one slot", "Cores by process", "Wall");
    for (Slots each : result.slots()) {
      table.row(
          Cell.head(Integer.toString(each.slots())),
          Cell.of(Figures.count(each.rows())),
          Cell.of(Figures.of(each.rowsPerSecond(), 0)),
          Cell.of(ofOne(each.rowsPerSecond(), result.slots().get(0).rowsPerSecond())),
          Cell.of(cores(each.cores())),
          Cell.of(wall(each.wall())));
    }
    return table;
  }

  private Table instances() {
    Table table =
        new Table(
            "",
            "Instances",
            "Accepted/s",
            "Ended/s",
            "Of one instance",
            "Cores by process",
            "Wall",
            "Sums");
    for (Instances each : result.instances()) {
      table.row(
          Cell.head(Integer.toString(each.instances())),
          Cell.of(Figures.of(each.acceptedPerSecond(), 0)),
          Cell.of(Figures.of(each.endedPerSecond(), 0)),
          Cell.of(ofOne(each.endedPerSecond(), result.instances().get(0).endedPerSecond())),
          Cell.of(cores(each.cores())),
          Cell.of(wall(each.wall())),
          Cell.of(each.sums().isExact() ? "exact" : "NOT EXACT"));
    }
    return table;
  }

  private Table rebalances() {
    Table table =
        new Table("", "Change", "Longest gap between two ends", "Before", "Slowest order");
    for (Rebalance each : result.rebalances()) {
      table.row(
          Cell.head(each.change()),
          Cell.of(seconds(each.gapMillis())),
          Cell.of(seconds(each.usualGapMillis())),
          Cell.of(seconds(each.slowestMillis())));
    }
    return table;
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    for (Slots each : result.slots()) {
      line(
          text,
          "%d slots: %,.0f rows/s (%s); wall: %s; %s",
          each.slots(),
          each.rowsPerSecond(),
          ofOne(each.rowsPerSecond(), result.slots().get(0).rowsPerSecond()),
          wall(each.wall()),
          cores(each.cores()));
    }
    for (Instances each : result.instances()) {
      line(
          text,
          "%d instances: %,.0f orders/s (%s); wall: %s; %s",
          each.instances(),
          each.endedPerSecond(),
          ofOne(each.endedPerSecond(), result.instances().get(0).endedPerSecond()),
          wall(each.wall()),
          cores(each.cores()));
    }
    for (Rebalance each : result.rebalances()) {
      line(
          text,
          "%s: gap %s (before %s), slowest order %s",
          each.change(),
          seconds(each.gapMillis()),
          seconds(each.usualGapMillis()),
          seconds(each.slowestMillis()));
    }
    for (Goal goal : result.goals()) {
      line(text, "%s %s: %s", goal.met() ? "met:    " : "NOT MET:", goal.goal(), goal.found());
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String format, Object... arguments) {
    text.append(format(format, arguments)).append(System.lineSeparator());
  }

  private static String ofOne(double figure, double one) {
    return Figures.of(Figures.ratio(figure, one), 2) + " ×";
  }

  private static String wall(Core core) {
    return format("%s (%.2f cores)", core.process(), core.cores());
  }

  private static String cores(Map<String, Double> cores) {
    return cores.entrySet().stream()
        .filter(each -> each.getValue() >= 0.01)
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .map(each -> format("%s %.2f", each.getKey(), each.getValue()))
        .collect(Collectors.joining(", "));
  }

  private static String seconds(long millis) {
    return format("%.1f s", millis / 1e3);
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
