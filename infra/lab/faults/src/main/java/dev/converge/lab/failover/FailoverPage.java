package dev.converge.lab.failover;

import dev.converge.lab.failover.FailoverFigures.Failover;
import dev.converge.lab.failover.FailoverFigures.Mode;
import dev.converge.lab.failover.FailoverFigures.Outcome;
import dev.converge.lab.failover.FailoverFigures.Settings;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Page;
import dev.converge.lab.report.Report;
import dev.converge.lab.report.SvgPlot;
import dev.converge.lab.report.SvgPlot.Bar;
import dev.converge.lab.report.SvgPlot.Caption;
import dev.converge.lab.report.Table;
import dev.converge.lab.report.Table.Cell;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The report on failover, as a page and as text. Pure. */
final class FailoverPage {
  private static final double SECOND = 1_000;
  private static final String LOST = "orders lost";
  private static final String UNKNOWN = "messages unknown";
  private static final String PAID = "paid without an order";

  private final FailoverFigures figures;
  private final List<Claim> claims;

  private FailoverPage(FailoverFigures figures) {
    this.figures = figures;
    this.claims = figures.claims();
  }

  static Report of(FailoverFigures figures) throws IOException {
    FailoverPage page = new FailoverPage(figures);
    return Report.of("failover", figures, page.html(), page.text());
  }

  private String html() {
    Page page =
        new Page(
            "Failover: a database is lost with its disk",
            List.of(Claim.verdict(claims), settings(), figures.machine().says()));
    question(page);
    page.figures(
        List.of(
            new Page.Figure("How long no order was accepted", outages()),
            new Page.Figure("What was broken", broken()),
            new Page.Figure("The price: how long an order takes, median", latencies())));
    answers(page);
    page.table(outcomes());
    limits(page);
    page.heading("Claims of this page");
    page.table(Claim.table(claims));
    page.heading("Every change of the primary");
    page.table(failovers());
    return page.html();
  }

  private static void question(Page page) {
    page.heading("The question");
    page.paragraph(
        "A service answers an order with 202 when its commit is on the disk of its database, order-db."
            + " The same commit has the messages for the services that reserve stock and take money:"
            + " rows of a table, the outbox, from which they are read into Kafka, which passes them"
            + " on.");
    page.paragraph(
        "Then the machine of order-db is gone, with its disk. A standby has a copy, and a program, the"
            + " supervisor, makes it the new primary: it promotes it. Are all"
            + " answered orders there? Is one there twice, because its client repeated the request?"
            + " And has Kafka a message, such as the command to take money, of an order that the"
            + " promoted database has never seen? The first two can be checked afterwards. The last"
            + " one cannot be repaired: a message that was handled cannot be taken back.");
    page.lines(
        List.of(
            "asynchronous   commit -> answer; the log travels to the standby meanwhile",
            "synchronous    commit -> log on the standby's disk -> answer, and then Kafka",
            "planned        the primary stops in order, and the standby has all of its log"));
    page.paragraph(
        "Clients place orders the whole time and repeat each request with its key until it is"
            + " accepted. The primary is killed with SIGKILL at a random moment, and its data are"
            + " deleted; the former primary comes back as a standby with a fresh copy. The log"
            + " travels over a link that delays it, as between two data centres. With the"
            + " asynchronous standby commits and Kafka wait for nothing (synchronous_standby_names and"
            + " synchronized_standby_slots are empty), and the standby is promoted all the same.");
  }

  private static void answers(Page page) {
    page.heading("What each kind of standby promises");
    page.paragraph(
        "A synchronous standby costs each commit the way there and back. In return it has every"
            + " order that was answered, so whichever of the two disks is lost, nothing else is."
            + " Failover slots hold the reader of the outbox back in the same way: Kafka gets nothing"
            + " that the standby lacks.");
    page.paragraph(
        "An asynchronous standby costs nothing, and its promotion loses the last moments: as much as"
            + " was under way. Those orders were answered. What Kafka got of them goes on without"
            + " them: stock is reserved, and money may be taken, for orders that do not exist.");
    page.paragraph(
        "Neither is a backup: a DELETE reaches a standby, too. And a supervisor that is not sure"
            + " does not promote: first it ends every process of the old primary, because two"
            + " primaries would both answer.");
  }

  private static void limits(Page page) {
    page.heading("Read with care");
    page.paragraph(
        "All nodes are processes on one machine, so the supervisor sees immediately that the primary has"
            + " ended, and can be certain of that. On several machines it would wait for a lease"
            + " first. The time without an order includes the detection, the promotion, a restart"
            + " of the new primary at the port of the old one, and the reconnection of order-service."
            + " With the asynchronous standby it also includes the start of the supervisor, which is"
            + " down before: it would make the standby synchronous again.");
    page.paragraph(
        "How much an asynchronous standby loses depends on the delay and on the load. Without a"
            + " delay, on one machine, most losses lose nothing: that is why it is so easily"
            + " believed to be safe.");
  }

  private String settings() {
    Settings settings = figures.settings();
    return String.format(
        Locale.ROOT,
        "Seeds from %d on; four clients; the log is %d ms late each way; planned failovers: %d;"
            + " losses with a synchronous standby: %d, with an asynchronous one: %d.",
        settings.seed(),
        settings.lagMillis(),
        settings.planned(),
        settings.losses(),
        settings.asynchronousLosses());
  }

  private String outages() {
    List<Bar> bars = new ArrayList<>();
    Map<Mode, Integer> numbers = new LinkedHashMap<>();
    for (Failover one : figures.failovers()) {
      int number = numbers.merge(one.mode(), 1, Integer::sum);
      bars.add(
          new Bar(
              one.mode().label() + " " + number,
              Map.of(one.mode().says(), one.outageMillis() / SECOND)));
    }
    return SvgPlot.bars(
        new Caption("outages", "Outages", "Time without an accepted order, by failover"),
        "seconds",
        bars,
        FailoverPage::style);
  }

  private static String style(String says) {
    return says.equals(Mode.PLANNED.says())
        ? "filled"
        : says.equals(Mode.SYNCHRONOUS.says()) ? "steady" : "end";
  }

  private String broken() {
    List<Bar> bars = new ArrayList<>();
    for (Outcome outcome : figures.outcomes()) {
      bars.add(bar(outcome, LOST, outcome.lost()));
      bars.add(bar(outcome, UNKNOWN, outcome.unknown()));
      bars.add(bar(outcome, PAID, outcome.paidWithoutOrder()));
    }
    return SvgPlot.countBars(
        new Caption("broken", "Broken promises", "Lost orders and messages of none, by standby"),
        "orders, messages, payments",
        bars,
        name -> name.equals(LOST) ? "p-2pc" : name.equals(UNKNOWN) ? "traced" : "end");
  }

  private static Bar bar(Outcome outcome, String name, long count) {
    String label = outcome.modes().contains(Mode.ASYNCHRONOUS) ? "async" : "sync";
    return new Bar(label, Map.of(name, (double) count));
  }

  private String latencies() {
    List<Bar> bars = new ArrayList<>();
    for (Mode mode : List.of(Mode.SYNCHRONOUS, Mode.ASYNCHRONOUS)) {
      Map<String, Double> segments = new LinkedHashMap<>();
      Double millis = figures.latencyMillis(mode);
      if (millis != null) {
        segments.put(mode.says(), millis);
      }
      bars.add(new Bar(mode.label(), segments));
    }
    return SvgPlot.bars(
        new Caption("latencies", "Latencies", "Median latency of an order, by standby"),
        "milliseconds",
        bars,
        FailoverPage::style);
  }

  private Table outcomes() {
    Table table =
        new Table(
            "summary",
            "After",
            "Accepted",
            "Lost",
            "Doubled",
            "In Kafka, unknown",
            "Paid without an order",
            "Violations");
    for (Outcome outcome : figures.outcomes()) {
      table.row(
          Cell.head(says(outcome)),
          Cell.of(Figures.count(outcome.accepted())),
          count(outcome.lost()),
          count(outcome.doubled()),
          count(outcome.unknown()),
          count(outcome.paidWithoutOrder()),
          count(outcome.violations()));
    }
    return table;
  }

  private static String says(Outcome outcome) {
    return String.join("; ", outcome.modes().stream().map(Mode::says).toList());
  }

  private static Cell count(long count) {
    return Cell.styled(count == 0 ? "good" : "bad", Figures.count(count));
  }

  private Table failovers() {
    Table table =
        new Table("", "Change", "Seed", "No order for", "Median order before it", "Primary");
    for (Failover one : figures.failovers()) {
      table.row(
          Cell.head(one.mode().says()),
          Cell.of(Long.toString(one.seed())),
          Cell.of(FailoverFigures.says(one.outageMillis())),
          Cell.of(Figures.rounded(one.latencyMillis()) + " ms"),
          Cell.of(one.promoted()));
    }
    return table;
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    text.append(Claim.verdict(claims)).append(System.lineSeparator());
    text.append(settings()).append(System.lineSeparator());
    for (Mode mode : Mode.values()) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-28s no order for %s (median), %s (longest); median order %s ms%n",
              mode.says(),
              FailoverFigures.says(figures.outageMillis(mode, 0.5)),
              FailoverFigures.says(figures.outageMillis(mode, 1)),
              Figures.rounded(figures.latencyMillis(mode))));
    }
    for (Outcome outcome : figures.outcomes()) {
      text.append(
          String.format(
              Locale.ROOT,
              "%s: %d accepted, %d repeated, %d lost, %d doubled, %d messages in Kafka unknown, %d"
                  + " paid without an order, %d violations%n",
              says(outcome),
              outcome.accepted(),
              outcome.repeated(),
              outcome.lost(),
              outcome.doubled(),
              outcome.unknown(),
              outcome.paidWithoutOrder(),
              outcome.violations()));
    }
    return text.append(Claim.text(claims)).toString();
  }
}
