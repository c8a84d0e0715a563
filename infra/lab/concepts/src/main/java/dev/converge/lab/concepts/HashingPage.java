package dev.converge.lab.concepts;

import static dev.converge.lab.concepts.HashingFigures.percent;

import dev.converge.lab.concepts.HashingFigures.Owners;
import dev.converge.lab.concepts.HashingFigures.Scheme;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Page;
import dev.converge.lab.report.Report;
import dev.converge.lab.report.SvgPlot;
import dev.converge.lab.report.SvgPlot.Axis;
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
import java.util.stream.Stream;

/** The report on consistent hashing, as a page and as text. Pure. */
final class HashingPage {
  private static final double PERCENT = 100;
  private static final String TO_NEW = "move to the new replica";
  private static final String BETWEEN_OLD = "move between old ones";

  private final HashingFigures figures;
  private final List<Claim> claims;

  private HashingPage(HashingFigures figures) {
    this.figures = figures;
    this.claims = figures.claims();
  }

  static Report of(HashingFigures figures) throws IOException {
    HashingPage page = new HashingPage(figures);
    return Report.of("hashing", figures, page.html(), page.text());
  }

  private String html() {
    Page page =
        new Page(
            "Consistent hashing: which replica owns an order",
            List.of(Claim.verdict(claims), settings(), figures.machine().says()));
    page.heading("The question");
    page.paragraph(
        "A service runs on several machines, its replicas. Each order should always go to the same"
            + " replica, for example because that one has it in its cache. So every caller computes"
            + " the replica from the order's id, without asking. Two things matter: that each"
            + " replica gets the same share of the orders, and that few orders change their replica"
            + " when one is added. A moved order is a cold cache, or data to copy.");
    page.paragraph(
        "With three replicas an even share is 33.3 %. A fourth replica needs a quarter of the"
            + " orders, so at least 25 % must move, all of them to the fourth.");
    page.figures(
        List.of(
            new Page.Figure("The share of each of three replicas", shares()),
            new Page.Figure("Orders that a fourth replica moves", moves())));
    page.paragraph(
        "hash % n divides the hash by the number of replicas and takes the remainder: even, but a"
            + " fourth replica changes almost every remainder. A ring puts points of each replica,"
            + " its virtual nodes, on a circle of hashes; an order belongs to the next point. Jump"
            + " hash computes the replica without a table, but can only remove the last one.");
    page.heading("More virtual nodes should make a ring even");
    page.figures(
        List.of(
            new Page.Figure("The largest share of three", overNodes("largest", Owners::largest)),
            new Page.Figure("Orders that a fourth moves", overNodes("moved", Owners::moved))));
    page.paragraph(
        "Four virtual nodes, the default of Vert.x, are too few for any ring. A sound ring becomes"
            + " even with more of them. The ring of Vert.x becomes worse: the replica that is last"
            + " in the list gets most orders.");
    page.heading("Why the ring of Vert.x does not");
    page.paragraph(
        String.format(
            Locale.ROOT,
            "Its hash combines eight bytes with | after (long) has extended their sign. If the last"
                + " byte is negative, as in half of all hashes, all bits before it are 1: the hash"
                + " is between -128 and -1. In this run %s of the orders have one of %d values."
                + " Half of the virtual nodes are on the same 128 points, where a later replica"
                + " replaces an earlier one. With many virtual nodes the last replica owns all 128,"
                + " and with them half of the orders.",
            percent(figures.hashes().shareOfSmall()),
            figures.hashes().small()));
    page.paragraph(
        "The sound ring beside it differs in one place: its hash keeps all 64 bits. The finding, with"
            + " a minimal program, is in docs/findings/vertx-consistent-hashing.md.");
    page.heading("All figures");
    page.table(table());
    page.heading("Claims of this page");
    page.table(Claim.table(claims));
    return page.html();
  }

  private String settings() {
    return String.format(
        Locale.ROOT,
        "Seed %d; %,d order ids, first over %d replicas, then over %d.",
        figures.seed(),
        figures.keys(),
        HashingFigures.BEFORE,
        HashingFigures.AFTER);
  }

  /** One row for each scheme; a ring with its many virtual nodes. */
  private List<Owners> chosen() {
    return Stream.of(Scheme.values())
        .map(
            scheme ->
                figures.of(
                    scheme, scheme.hasVirtualNodes() ? HashingFigures.MANY_VIRTUAL_NODES : 0))
        .toList();
  }

  private String shares() {
    List<Bar> bars = new ArrayList<>();
    for (Owners owners : chosen()) {
      Map<String, Double> segments = new LinkedHashMap<>();
      for (int replica = 0; replica < HashingFigures.BEFORE; replica++) {
        segments.put("replica " + (replica + 1), owners.shares().get(replica) * PERCENT);
      }
      bars.add(new Bar(owners.scheme().says(), segments));
    }
    List<String> styles = List.of("steady", "filled", "traced");
    return SvgPlot.bars(
        new Caption("shares", "Shares", "Share of each of three replicas, by scheme"),
        "% of the orders; rings with 1,024 virtual nodes each",
        bars,
        name -> styles.get(name.charAt(name.length() - 1) - '1'));
  }

  private String moves() {
    List<Bar> bars = new ArrayList<>();
    for (Owners owners : chosen()) {
      Map<String, Double> segments = new LinkedHashMap<>();
      segments.put(TO_NEW, (owners.moved() - owners.movedBetweenOld()) * PERCENT);
      segments.put(BETWEEN_OLD, owners.movedBetweenOld() * PERCENT);
      bars.add(new Bar(owners.scheme().says(), segments));
    }
    return SvgPlot.bars(
        new Caption("moves", "Moved orders", "Orders whose replica changes, by scheme"),
        "% of the orders; 25 would do",
        bars,
        name -> name.equals(TO_NEW) ? "steady" : "end");
  }

  private String overNodes(String id, ToDoubleFunction<Owners> figure) {
    List<Series> series = new ArrayList<>();
    for (Scheme ring : List.of(Scheme.VERTX_RING, Scheme.SOUND_RING)) {
      series.add(
          new Series(
              ring.says(),
              ring.style(),
              Mark.DOTTED_LINE,
              figures.of(ring).stream()
                  .map(one -> new Point(one.virtualNodes(), figure.applyAsDouble(one) * PERCENT))
                  .toList()));
    }
    Owners ideal = figures.of(Scheme.JUMP, 0);
    series.add(
        new Series(
            "jump hash",
            "ideal",
            Mark.LINE,
            HashingFigures.VIRTUAL_NODES.stream()
                .map(nodes -> new Point(nodes, figure.applyAsDouble(ideal) * PERCENT))
                .toList()));
    return SvgPlot.chart(
        new Caption(id, "By virtual nodes", "Vert.x' ring and a sound ring, by virtual nodes"),
        new Axis("virtual nodes of each replica", true),
        new Axis("% of the orders", false),
        series);
  }

  private Table table() {
    Table table =
        new Table(
            "summary",
            "Scheme",
            "Shares of three, then of four",
            "Largest of three",
            "Moved",
            "Moved between old ones");
    for (Owners owners : figures.schemes()) {
      table.row(
          Cell.head(owners.says()),
          Cell.of(all(owners.shares()) + "; " + all(owners.sharesAfter())),
          Cell.of(percent(owners.largest())),
          Cell.of(percent(owners.moved())),
          Cell.of(percent(owners.movedBetweenOld())));
    }
    return table;
  }

  private static String all(List<Double> shares) {
    return String.join(" ", shares.stream().map(HashingFigures::percent).toList());
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    text.append(Claim.verdict(claims)).append(System.lineSeparator());
    text.append(settings()).append(System.lineSeparator());
    for (Owners owners : figures.schemes()) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-24s largest share %7s, moved %7s, between old %7s%n",
              owners.says(),
              percent(owners.largest()),
              percent(owners.moved()),
              percent(owners.movedBetweenOld())));
    }
    return text.append(Claim.text(claims)).toString();
  }
}
