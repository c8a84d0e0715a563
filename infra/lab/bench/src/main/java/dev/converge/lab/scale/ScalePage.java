package dev.converge.lab.scale;

import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Page;
import dev.converge.lab.report.Report;
import dev.converge.lab.report.SvgPlot;
import dev.converge.lab.report.SvgPlot.Bar;
import dev.converge.lab.report.SvgPlot.Caption;
import dev.converge.lab.report.Table;
import dev.converge.lab.report.Table.Cell;
import dev.converge.lab.scale.ScaleFigures.Core;
import dev.converge.lab.scale.ScaleFigures.Instances;
import dev.converge.lab.scale.ScaleFigures.Rebalance;
import dev.converge.lab.scale.ScaleFigures.Settings;
import dev.converge.lab.scale.ScaleFigures.Slots;
import dev.converge.platform.Part;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The report on scale, as a page and as text. Pure. */
final class ScalePage {
  /** Those with a colour of their own. */
  private static final Set<String> PARTS =
      Part.all().stream().map(Part::id).collect(Collectors.toUnmodifiableSet());

  private static final double SECOND = 1_000;
  private static final String OTHERS = "others";

  /** Of the processors, so that it can be seen in a plot. */
  private static final double VISIBLE = 0.02;

  private final ScaleFigures figures;
  private final List<Claim> claims;

  private ScalePage(ScaleFigures figures) {
    this.figures = figures;
    this.claims = figures.claims();
  }

  static Report of(ScaleFigures figures) throws IOException {
    ScalePage page = new ScalePage(figures);
    return Report.of("scale", figures, page.html(), page.text());
  }

  private String html() {
    Page page =
        new Page(
            "Scale: more instances, and more slots of an outbox",
            List.of(Claim.verdict(claims), settings(), figures.machine().says()));
    question(page);
    page.figures(
        List.of(
            new Page.Figure("Rows that reach Kafka, by slots", rows()),
            new Page.Figure("Orders that end, by instances of each service", orders()),
            new Page.Figure(
                "Processors that the slots use",
                cores("slots", figures.slots(), Slots::slots, Slots::cores)),
            new Page.Figure(
                "Processors that the orders use",
                cores("instances", figures.instances(), Instances::instances, Instances::cores)),
            new Page.Figure("Clients that wait for the end: the median", waits()),
            new Page.Figure("Longest time in which no order ended", gaps())));
    answers(page);
    waiting(page);
    page.heading("One outbox, several slots");
    page.table(slots());
    page.heading("Several instances of each service");
    page.table(instances());
    page.heading("An instance joins, leaves or is killed");
    page.table(rebalances());
    limits(page);
    page.heading("Claims of this page");
    page.table(Claim.table(claims));
    return page.html();
  }

  private static void question(Page page) {
    page.heading("The question");
    page.paragraph(
        "More orders arrive than one process can serve, so each service is started several times."
            + " An order needs three services, which exchange messages: order-service accepts it,"
            + " inventory-service reserves stock, payment-service takes money. The instances of a"
            + " service share its database, and divide the partitions of the topic that it reads"
            + " from Kafka. What do more of them bring, and is an order lost or doubled while one"
            + " joins or is killed?");
    page.paragraph(
        "A message does not go to Kafka directly. It is a row of a table, the outbox, written in the"
            + " same transaction as the order, so that neither exists without the other. A connector"
            + " (Debezium) reads the rows by a replication slot: PostgreSQL decodes its log in the"
            + " order of the commits, and the connector sends each row to Kafka. A slot has one"
            + " reader, so more instances of a service do not make it faster. More slots may: each"
            + " gets the rows whose key has one remainder of its hash, by a filter of its"
            + " publication.");
    page.lines(
        List.of(
            "one slot    outbox -> slot                                  -> connector   -> Kafka",
            "two slots   outbox -> slot 0, keys whose hash is even       -> connector 0 -> Kafka",
            "                   -> slot 1, keys whose hash is odd        -> connector 1 -> Kafka"));
    page.paragraph(
        "First one outbox is filled and drained, with nothing but a database, Kafka and Kafka"
            + " Connect. Then clients post orders as fast as they are answered, while the processor"
            + " time of each process is measured: the process that uses most is the wall.");
  }

  private static void answers(Page page) {
    page.heading("What keeps it correct");
    page.paragraph(
        "All rows of a key have the same hash, and so the same slot and the same reader, which sends"
            + " them in the order of their commits. Rows of different keys have no order. The key of"
            + " a message is its order, so one order's messages stay in sequence with any number of"
            + " slots.");
    page.paragraph(
        "Kafka gives each partition to one instance. If that is killed, it is missed when its session"
            + " ends, after 6 s, and another instance gets the partition and reads again what was not"
            + " confirmed. It finds the messages that were handled in a table of its database, the"
            + " inbox, and does not handle them twice. Meanwhile orders whose messages are in other"
            + " partitions end as before: the gap between two ends says when all orders waited, the"
            + " slowest order how long one did.");
  }

  private static void waiting(Page page) {
    page.paragraph(
        "A client may wait for the end of its order (Prefer: wait). The instance that it asks is often"
            + " not the one that handles the last reply. So while clients wait, an instance reads the"
            + " keys of ended orders from Kafka, and answers when it finds theirs. If it hears nothing"
            + " it reads its database once a second, which would add half a second to the median.");
  }

  private static void limits(Page page) {
    page.heading("Read with care");
    page.paragraph(
        "All processes share one machine. If one instance already uses all of its processors, more"
            + " instances cannot bring more: then the figures show what is kept, not what is gained."
            + " On several machines the wall would be the process that is named here, once it has a"
            + " processor of its own.");
    page.paragraph(
        "Each slot decodes the whole log and drops what its filter excludes, so the database works"
            + " more with each slot. Another number of slots gives keys to other readers, so the"
            + " outbox must be drained before it is changed. The platform itself uses one slot for"
            + " each outbox.");
    page.paragraph(
        "The clients are a closed loop: each waits for its answer before it posts the next order, so"
            + " a slow answer makes the load smaller. The rate of rows includes the time in which"
            + " they are written.");
  }

  private String settings() {
    Settings settings = figures.settings();
    return String.format(
        Locale.ROOT,
        "Seed %d; %s slots and instances; %,d rows with each number of slots; %d clients for %s s"
            + " with each number of instances, then %d orders a second whose clients wait; %d clients"
            + " during changes.",
        settings.seed(),
        settings.counts().stream().map(String::valueOf).collect(Collectors.joining(", ")),
        settings.rows(),
        InstanceMeasurement.CLIENTS,
        Figures.of(settings.loadMillis() / SECOND, 0),
        InstanceMeasurement.WAITS_PER_SECOND,
        InstanceMeasurement.CLIENTS_OF_A_REBALANCE);
  }

  private String rows() {
    List<Bar> bars = new ArrayList<>();
    for (Slots each : figures.slots()) {
      bars.add(
          new Bar(counted(each.slots(), "slot"), Map.of("rows a second", each.rowsPerSecond())));
    }
    return SvgPlot.bars(
        new Caption("rows", "Rows", "Rows a second that reach Kafka, by the number of slots"),
        "rows a second",
        bars,
        name -> "connect");
  }

  private String orders() {
    List<Bar> bars = new ArrayList<>();
    for (Instances each : figures.instances()) {
      bars.add(
          new Bar(
              counted(each.instances(), "instance"),
              Map.of("orders a second", each.endedPerSecond())));
    }
    return SvgPlot.bars(
        new Caption("orders", "Orders", "Orders a second that end, by the number of instances"),
        "orders a second",
        bars,
        name -> "order-service");
  }

  private <T> String cores(
      String what,
      List<T> measured,
      Function<T, Integer> count,
      Function<T, Map<String, Double>> cores) {
    List<Bar> bars = new ArrayList<>();
    for (T each : measured) {
      bars.add(new Bar(Integer.toString(count.apply(each)), byRole(cores.apply(each))));
    }
    return SvgPlot.bars(
        new Caption(
            "cores-" + what, "Processors", "Cores that each role uses, by the number of " + what),
        "cores",
        bars,
        name -> PARTS.contains(name) ? name : "other");
  }

  /** The cores of all nodes of a role together, most first; small ones as one. */
  private Map<String, Double> byRole(Map<String, Double> cores) {
    Map<String, Double> sums = new LinkedHashMap<>();
    cores.forEach((node, used) -> sums.merge(role(node), used, Double::sum));
    Map<String, Double> shown = new LinkedHashMap<>();
    sums.entrySet().stream()
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .forEach(
            each ->
                shown.merge(
                    each.getValue() < VISIBLE * figures.machine().cores() ? OTHERS : each.getKey(),
                    each.getValue(),
                    Double::sum));
    return shown;
  }

  private static String role(String node) {
    return node.replaceFirst("-\\d+$", "");
  }

  private String waits() {
    List<Bar> bars = new ArrayList<>();
    for (Instances each : figures.instances()) {
      Double millis = each.waitMillis();
      bars.add(
          new Bar(
              counted(each.instances(), "instance"),
              millis == null ? Map.of() : Map.of("median", millis)));
    }
    return SvgPlot.bars(
        new Caption("waits", "Waits", "Time from POST to the end of an order, by instances"),
        "milliseconds",
        bars,
        name -> "steady");
  }

  private String gaps() {
    List<Bar> bars = new ArrayList<>();
    for (Rebalance each : figures.rebalances()) {
      bars.add(new Bar(each.change(), Map.of("gap", each.gapMillis() / SECOND)));
    }
    return SvgPlot.bars(
        new Caption("gaps", "Gaps", "Longest time between the ends of two orders, by change"),
        "seconds",
        bars,
        name -> "end");
  }

  private Table slots() {
    Table table =
        new Table(
            "summary", "Slots", "Rows/s", "Of one slot", "Rows of each connector", "Wall", "Cores");
    for (Slots each : figures.slots()) {
      table.row(
          Cell.head(Integer.toString(each.slots())),
          Cell.of(Figures.of(each.rowsPerSecond(), 0)),
          Cell.of(ScaleFigures.ofOne(each.rowsPerSecond(), figures.slots().get(0).rowsPerSecond())),
          Cell.of(
              each.perConnector().stream().map(Figures::count).collect(Collectors.joining(", "))),
          Cell.of(wall(each.wall())),
          Cell.of(cores(each.cores())));
    }
    return table;
  }

  private Table instances() {
    Table table =
        new Table(
            "summary",
            "Instances",
            "Accepted/s",
            "Ended/s",
            "Of one instance",
            "Wait for the end, p50",
            "Afterwards",
            "Wall",
            "Cores");
    for (Instances each : figures.instances()) {
      table.row(
          Cell.head(Integer.toString(each.instances())),
          Cell.of(Figures.of(each.acceptedPerSecond(), 0)),
          Cell.of(Figures.of(each.endedPerSecond(), 0)),
          Cell.of(
              ScaleFigures.ofOne(
                  each.endedPerSecond(), figures.instances().get(0).endedPerSecond())),
          Cell.of(ScaleFigures.millis(each.waitMillis())),
          Cell.styled(each.sums().isExact() ? "good" : "bad", each.sums().says()),
          Cell.of(wall(each.wall())),
          Cell.of(cores(each.cores())));
    }
    return table;
  }

  private Table rebalances() {
    Table table =
        new Table("", "Change", "Longest gap between two ends", "Before", "Slowest order");
    for (Rebalance each : figures.rebalances()) {
      table.row(
          Cell.head(each.change()),
          Cell.of(ScaleFigures.seconds(each.gapMillis())),
          Cell.of(ScaleFigures.seconds(each.usualGapMillis())),
          Cell.of(ScaleFigures.seconds(each.slowestMillis())));
    }
    return table;
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    text.append(Claim.verdict(claims)).append(System.lineSeparator());
    text.append(settings()).append(System.lineSeparator());
    for (Slots each : figures.slots()) {
      line(
          text,
          "%s: %,.0f rows/s (%s); wall: %s; %s",
          counted(each.slots(), "slot"),
          each.rowsPerSecond(),
          ScaleFigures.ofOne(each.rowsPerSecond(), figures.slots().get(0).rowsPerSecond()),
          wall(each.wall()),
          cores(each.cores()));
    }
    for (Instances each : figures.instances()) {
      line(
          text,
          "%s: %,.0f orders/s (%s); wait for the end p50 %s; wall: %s; %s",
          counted(each.instances(), "instance"),
          each.endedPerSecond(),
          ScaleFigures.ofOne(each.endedPerSecond(), figures.instances().get(0).endedPerSecond()),
          ScaleFigures.millis(each.waitMillis()),
          wall(each.wall()),
          cores(each.cores()));
    }
    for (Rebalance each : figures.rebalances()) {
      line(
          text,
          "%s: gap %s (before %s), slowest order %s",
          each.change(),
          ScaleFigures.seconds(each.gapMillis()),
          ScaleFigures.seconds(each.usualGapMillis()),
          ScaleFigures.seconds(each.slowestMillis()));
    }
    return text.append(Claim.text(claims)).toString();
  }

  private static void line(StringBuilder text, String format, Object... arguments) {
    text.append(format(format, arguments)).append(System.lineSeparator());
  }

  static String counted(int count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
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

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
