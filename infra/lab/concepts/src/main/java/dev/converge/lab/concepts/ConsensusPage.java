package dev.converge.lab.concepts;

import dev.converge.lab.concepts.ConsensusFigures.Bin;
import dev.converge.lab.concepts.ConsensusFigures.Fault;
import dev.converge.lab.concepts.ConsensusFigures.Producer;
import dev.converge.lab.concepts.ConsensusFigures.Round;
import dev.converge.lab.concepts.ConsensusFigures.Settings;
import dev.converge.lab.concepts.ConsensusFigures.Victim;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Page;
import dev.converge.lab.report.Report;
import dev.converge.lab.report.Scale;
import dev.converge.lab.report.SvgPlot;
import dev.converge.lab.report.SvgPlot.Axis;
import dev.converge.lab.report.SvgPlot.Band;
import dev.converge.lab.report.SvgPlot.Bar;
import dev.converge.lab.report.SvgPlot.Caption;
import dev.converge.lab.report.SvgPlot.Mark;
import dev.converge.lab.report.SvgPlot.Point;
import dev.converge.lab.report.SvgPlot.Series;
import dev.converge.lab.report.Table;
import dev.converge.lab.report.Table.Cell;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The report on consensus, as a page and as text. Pure. */
final class ConsensusPage {
  private static final String ALL = "acks=all";
  private static final String ONE = "acks=1";

  private final ConsensusFigures figures;
  private final List<Claim> claims;

  private ConsensusPage(ConsensusFigures figures) {
    this.figures = figures;
    this.claims = figures.claims();
  }

  static Report of(ConsensusFigures figures) throws IOException {
    ConsensusPage page = new ConsensusPage(figures);
    return Report.of("consensus", figures, page.html(), page.text());
  }

  private String html() {
    Page page =
        new Page(
            "Consensus: three brokers, one of which fails",
            List.of(Claim.verdict(claims), settings(), figures.machine().says()));
    question(page);
    page.figures(plots());
    answers(page);
    page.table(table());
    limits(page);
    page.heading("Claims of this page");
    page.table(Claim.table(claims));
    page.heading("Every round");
    page.table(rounds());
    return page.html();
  }

  private static void question(Page page) {
    page.heading("The question");
    page.paragraph(
        "Three brokers have a copy of each record. One of them leads: it takes the records and"
            + " acknowledges them, and the others copy from it. When it fails, another one must lead."
            + " Who decides that, how long does it take, and what has become of the records that the"
            + " old leader acknowledged?");
    page.lines(
        List.of(
            "acks=1     the leader has the record          -> acknowledged",
            "acks=all   every copy in sync has the record  -> acknowledged",
            "           (and at least two: min.insync.replicas=2)"));
    page.paragraph(
        "Kafka answers the first question by consensus. The three nodes are also the controllers,"
            + " which keep a log of decisions by a protocol of the kind of Raft: an entry counts once"
            + " two of three have it, and two of three elect the active controller. A minority of one"
            + " can decide nothing. The active controller names the leader of each partition, with an"
            + " epoch that increases, so that a former leader is refused.");
    page.paragraph(
        "In each round two producers write numbers at a steady rate, one with acks=all, one with"
            + " acks=1, each into a topic with one partition. Then one broker is killed, paused with"
            + " SIGSTOP, or cut off from the other two, while producers still reach it. It comes back"
            + " afterwards, and the producers' records of what was acknowledged are compared with the"
            + " logs.");
  }

  private List<Page.Figure> plots() {
    List<Page.Figure> plots = new ArrayList<>();
    for (Fault fault : figures.settings().faults()) {
      figures.rounds(Victim.LEADER, fault).stream()
          .findFirst()
          .ifPresent(
              round ->
                  plots.add(
                      new Page.Figure(
                          "Leader " + fault.says() + ": acknowledgements", timeline(round))));
    }
    plots.add(new Page.Figure("Acknowledged records that were lost", losses()));
    plots.add(new Page.Figure("Until a successor was named", elections()));
    plots.add(new Page.Figure("Longest time without an acknowledgement", gaps()));
    return plots;
  }

  private static void answers(Page page) {
    page.heading("What an acknowledgement is worth");
    page.paragraph(
        "With acks=1 the acknowledgement says that one disk has the record. The successor is elected"
            + " from the copies, and its log is the truth from then on: every record that the old leader had"
            + " acknowledged and not yet sent is cut from its log when it comes back. How much that is"
            + " depends on how far the copies are behind. Before a leader is killed or paused here,"
            + " copies travel late, as between distant machines.");
    page.paragraph(
        "A leader that is cut off is worse than a dead one. It does not know that it has a"
            + " successor, so it acknowledges records with acks=1 for as long as the cut lasts, and all"
            + " of them are lost. With acks=all it cannot: it has no other copy to wait for.");
    page.heading("Two kinds of majority");
    page.paragraph(
        "The controllers use a majority: two of three suffice, whichever they are, so they elect"
            + " within a few seconds. A partition does not. With acks=all its leader waits for every"
            + " copy in sync, also for one that has just failed, until the controller has removed it"
            + " from that set: nine seconds after its last heartbeat, by default. That is why the loss"
            + " of a mere follower stops acks=all, too: see the rounds in which the active controller"
            + " fails. Its partition's leader is another broker, and continues with acks=1.");
    page.paragraph(
        "In return any copy in sync has every acknowledged record, so any of them may lead, and"
            + " three copies tolerate the loss of two where a majority would tolerate one. With"
            + " min.insync.replicas=2 the last copy refuses to acknowledge alone.");
  }

  private static void limits(Page page) {
    page.heading("Read with care");
    page.paragraph(
        "All nodes are processes on one machine: a kill loses no disk, and no record that only the"
            + " memory of the operating system has. A cut drops what brokers and controllers send each"
            + " other, both ways, on a proxy between each two of them; clients reach every broker. A"
            + " producer that reached only the majority would notice the new leader sooner.");
    page.paragraph(
        "Timeouts of the brokers are Kafka's defaults: a broker's session lasts 9 s, a controller"
            + " waits 2 s and a random part for its leader. Producers repeat a request after 3 s, by"
            + " default 30 s. Nodes are asked who leads ten times a second, each by itself, with"
            + " requests of Kafka's protocol, because Kafka's own clients ask any node.");
    page.paragraph(
        "With acks=1 the producer cannot be idempotent: a request that is repeated after a lost"
            + " answer may write its records twice. The table counts that, too.");
  }

  private String settings() {
    Settings settings = figures.settings();
    return String.format(
        Locale.ROOT,
        "Seed %d; %d records a second of each producer; copies %d ms late each way before a leader"
            + " is killed or paused; rounds of each fault: %d.",
        settings.seed(),
        settings.recordsPerSecond(),
        settings.lagMillis(),
        settings.rounds());
  }

  private String timeline(Round round) {
    // Records that have waited are acknowledged in one burst, which would dwarf all else.
    double most = figures.settings().recordsPerSecond();
    List<Series> series = new ArrayList<>();
    series.add(series(ALL, "filled", round.all(), bin -> Math.min(most, (double) bin.kept())));
    series.add(
        series(ONE + ", kept", "steady", round.one(), bin -> Math.min(most, (double) bin.kept())));
    series.add(series(ONE + ", lost", "p-2pc", round.one(), Bin::lost));
    if (round.all().lost() > 0) {
      series.add(series(ALL + ", lost", "end", round.all(), Bin::lost));
    }
    List<Band> bands = new ArrayList<>();
    bands.add(
        new Band("", round.fault().says(), style(round.fault()), 0, round.lastedMillis() / 1_000));
    return SvgPlot.chart(
        new Caption(
            "timeline-" + round.fault(),
            "Acknowledgements",
            "Acknowledged records in each half second, from the fault on"),
        new Axis("seconds from the fault on", false),
        new Axis("acknowledged in half a second; bursts are cut at " + Scale.tick(most), false),
        series,
        bands);
  }

  private static String style(Fault fault) {
    return switch (fault) {
      case KILL -> "kill";
      case PAUSE -> "pause";
      case CUT -> "link";
    };
  }

  private static Series series(
      String name, String style, Producer producer, ToDoubleFunction<Bin> figure) {
    return new Series(
        name,
        style,
        Mark.LINE,
        producer.bins().stream()
            .map(bin -> new Point(bin.at(), figure.applyAsDouble(bin)))
            .toList());
  }

  private String losses() {
    List<Bar> bars = new ArrayList<>();
    for (Round round : figures.rounds()) {
      Map<String, Double> segments = new LinkedHashMap<>();
      segments.put(ONE, (double) round.one().lost());
      segments.put(ALL, (double) round.all().lost());
      bars.add(new Bar(label(round), segments));
    }
    return SvgPlot.countBars(
        new Caption("losses", "Lost records", "Acknowledged records that were lost, by fault"),
        "records",
        bars,
        name -> name.equals(ALL) ? "end" : "p-2pc");
  }

  private String elections() {
    List<Bar> bars = new ArrayList<>();
    for (Round round : figures.rounds()) {
      Map<String, Double> segments = new LinkedHashMap<>();
      Double elected = round.electedMillis();
      if (elected != null) {
        segments.put("time", elected / 1_000);
      }
      bars.add(new Bar(label(round), segments));
    }
    return SvgPlot.bars(
        new Caption("elected", "Elections", "Time until a successor was named, by fault"),
        "seconds",
        bars,
        name -> "steady");
  }

  private String gaps() {
    List<Bar> bars = new ArrayList<>();
    for (Round round : figures.rounds()) {
      bars.add(new Bar(label(round) + ", all", Map.of(ALL, round.all().gapMillis() / 1_000)));
      bars.add(new Bar(label(round) + ", 1", Map.of(ONE, round.one().gapMillis() / 1_000)));
    }
    return SvgPlot.bars(
        new Caption(
            "gaps", "Gaps", "Longest time without an acknowledgement after the fault, by fault"),
        "seconds",
        bars,
        name -> name.equals(ALL) ? "filled" : "steady");
  }

  private static String label(Round round) {
    return (round.victim() == Victim.LEADER ? "leader " : "controller ") + round.fault().says();
  }

  private Table table() {
    Table table =
        new Table(
            "summary",
            "Fault",
            "Successor after",
            "Two leaders for",
            "acks=all: lost, twice",
            "acks=1: lost, twice",
            "No acknowledgement: all, 1");
    for (Round round : figures.rounds()) {
      table.row(
          Cell.head(round.victim().says() + " " + round.fault().says()),
          Cell.of(ConsensusFigures.says(round.electedMillis())),
          Cell.of(ConsensusFigures.says(round.twoLeadersMillis())),
          fate(round.all()),
          fate(round.one()),
          Cell.of(
              ConsensusFigures.says(round.all().gapMillis())
                  + ", "
                  + ConsensusFigures.says(round.one().gapMillis())));
    }
    return table;
  }

  private static Cell fate(Producer producer) {
    return Cell.styled(
        producer.lost() == 0 ? "good" : "bad",
        Figures.count(producer.lost()) + ", " + Figures.count(producer.duplicated()));
  }

  private Table rounds() {
    Table table =
        new Table(
            "",
            "Fault",
            "Lasted",
            "Producer",
            "Sent",
            "Acknowledged",
            "Lost",
            "Error, but in the log",
            "Last lost after");
    for (Round round : figures.rounds()) {
      row(table, round, ALL, round.all());
      row(table, round, ONE, round.one());
    }
    return table;
  }

  private static void row(Table table, Round round, String name, Producer producer) {
    table.row(
        Cell.head(round.victim().says() + " " + round.fault().says()),
        Cell.of(ConsensusFigures.says(round.lastedMillis())),
        Cell.of(name),
        Cell.of(Figures.count(producer.sent())),
        Cell.of(Figures.count(producer.acknowledged())),
        Cell.styled(producer.lost() == 0 ? "" : "bad", Figures.count(producer.lost())),
        Cell.of(Figures.count(producer.unacknowledged())),
        Cell.of(ConsensusFigures.says(producer.lostUntilMillis())));
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    text.append(Claim.verdict(claims)).append(System.lineSeparator());
    text.append(settings()).append(System.lineSeparator());
    for (Round round : figures.rounds()) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-34s successor after %6s, two leaders for %6s; lost acks=all %d of %d, acks=1 %d of"
                  + " %d; no acknowledgement for %6s, %6s%n",
              round.victim().says() + " " + round.fault().says(),
              ConsensusFigures.says(round.electedMillis()),
              ConsensusFigures.says(round.twoLeadersMillis()),
              round.all().lost(),
              round.all().acknowledged(),
              round.one().lost(),
              round.one().acknowledged(),
              ConsensusFigures.says(round.all().gapMillis()),
              ConsensusFigures.says(round.one().gapMillis())));
    }
    return text.append(Claim.text(claims)).toString();
  }
}
