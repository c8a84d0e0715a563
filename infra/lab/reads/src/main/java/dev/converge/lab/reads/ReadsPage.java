package dev.converge.lab.reads;

import dev.converge.lab.reads.ReadsFigures.LongFork;
import dev.converge.lab.reads.ReadsFigures.Register;
import dev.converge.lab.reads.ReadsFigures.Served;
import dev.converge.lab.reads.ReadsFigures.Visible;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Figures;
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
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The report on reads, as a page and as text. Pure. */
final class ReadsPage {
  private static final double SECOND = 1_000;
  private static final String OWN = "lacks what the client has written";
  private static final String SEEN = "lacks what the client has seen";

  /** An age below this is drawn at it: the axis is logarithmic. */
  private static final double LEAST_AGE = 0.5;

  private final ReadsFigures figures;
  private final List<Claim> claims;

  private ReadsPage(ReadsFigures figures) {
    this.figures = figures;
    this.claims = figures.claims();
  }

  static Report of(ReadsFigures figures) throws IOException {
    ReadsPage page = new ReadsPage(figures);
    return Report.of("reads", figures, page.html(), page.text());
  }

  private String html() {
    Page page =
        new Page(
            "Reads at a chosen level: the primary and two replicas",
            List.of(Claim.verdict(claims), settings(), figures.machine().says()));
    question(page);
    page.figures(
        List.of(
            new Page.Figure("Answers that lack something", violations()),
            new Page.Figure("Longest time without an answer", gaps()),
            new Page.Figure(
                "Own orders found, by their age, while replicas are late", visible(Fault.LATE)),
            new Page.Figure("Oldest page of the newest order", oldest())));
    page.table(summary());
    answers(page);
    page.heading("By fault");
    page.table(byFault());
    page.heading("A register, and whether its histories are linearizable");
    register(page);
    longFork(page);
    limits(page);
    page.heading("Claims of this page");
    page.table(Claim.table(claims));
    return page.html();
  }

  private String settings() {
    return String.format(
        Locale.ROOT,
        "Seed %d; %d clients of each level in a closed loop; each fault lasts at least %s s under"
            + " sessions; real PostgreSQL, order service and supervisor on one machine; links cut"
            + " by a proxy, the primary killed with SIGKILL.",
        figures.settings().seed(),
        figures.settings().clients(),
        Figures.of(figures.settings().faultMillis() / SECOND, 0));
  }

  private static void question(Page page) {
    page.heading("The question");
    page.paragraph(
        "A service writes its orders to one database, the primary. Two replicas have copies: they get"
            + " the primary's log and replay it. A replica answers reads while the primary is busy or"
            + " down. But it shows the past: the log must arrive and be replayed first. A customer who"
            + " has just paid must see the order; a list on a wall need not. So each read chooses"
            + " what it needs, by the header Read-Consistency, and pays for that alone.");
    page.paragraph(
        "In this run clients place orders and read them at four levels, while replicas replay late, a"
            + " replica or the primary is cut off, and the primary is killed. A session is one client:"
            + " it sends a token with each request, which says what it has written and seen.");
    Table levels = new Table("", "Level", "Answered by", "Promise");
    levels.row(
        Cell.head("strong"),
        Cell.of("the primary, after a standby has confirmed a commit"),
        Cell.of("linearizable: what any client was answered before is shown"));
    levels.row(
        Cell.head("session"),
        Cell.of("a replica that has replayed the session's token, else the primary"),
        Cell.of("shows what this session has written and seen"));
    levels.row(
        Cell.head(Level.BOUNDED.header()),
        Cell.of("a replica that proves its age by a heartbeat, else the primary"),
        Cell.of("shows the state of at most N milliseconds ago, or is refused"));
    levels.row(
        Cell.head("eventual"),
        Cell.of("any replica, else the primary"),
        Cell.of("shows some past state, and is always answered"));
    page.table(levels);
  }

  private static void answers(Page page) {
    page.heading("Consistency costs availability, by the read");
    page.paragraph(
        "While the order service does not reach the primary, strong reads are refused, and so are"
            + " bounded ones as soon as the replicas are older than the bound. A session continues"
            + " on a replica that has all it has seen, and eventual reads notice nothing. When"
            + " replicas are late, session and bounded reads move to the primary: slower, never"
            + " wrong.");
  }

  private String violations() {
    List<Bar> bars = new ArrayList<>();
    for (Level level : Level.values()) {
      Map<String, Double> segments = new LinkedHashMap<>();
      put(segments, OWN, total(level, Served::lacksOwn));
      put(segments, SEEN, total(level, Served::lacksSeen));
      bars.add(new Bar(level.says(), segments));
    }
    return SvgPlot.countBars(
        new Caption("violations", "Violations", "Answers that lack something, by level"),
        "answers",
        bars,
        name -> name.equals(OWN) ? "end" : "steady");
  }

  private static void put(Map<String, Double> segments, String name, double value) {
    if (value > 0) {
      segments.put(name, value);
    }
  }

  private double total(Level level, Function<Served, Long> figure) {
    return of(level).mapToLong(figure::apply).sum();
  }

  private Stream<Served> of(Level level) {
    return figures.served().stream().filter(served -> served.level() == level);
  }

  private String gaps() {
    List<Bar> bars = new ArrayList<>();
    for (Fault fault : List.of(Fault.REPLICA_CUT, Fault.PRIMARY_CUT, Fault.PRIMARY_KILLED)) {
      for (Level level : Level.values()) {
        of(level)
            .filter(served -> served.fault() == fault)
            .forEach(
                served ->
                    bars.add(
                        new Bar(
                            fault.says() + ": " + level.says(),
                            Map.of("no answer", served.longestGap() / SECOND))));
      }
    }
    return SvgPlot.bars(
        new Caption("gaps", "Availability", "Longest time without an answer, by fault and level"),
        "seconds",
        bars,
        name -> "end");
  }

  private String visible(Fault fault) {
    List<Series> series = new ArrayList<>();
    for (Level level : Level.values()) {
      List<Point> points =
          figures.visible().stream()
              .filter(each -> each.level() == level && each.fault() == fault)
              .map(ReadsPage::point)
              .toList();
      series.add(new Series(level.says(), style(level), Mark.DOTTED_LINE, points));
    }
    return SvgPlot.chart(
        new Caption("visible", "Visibility", "Share of own orders found, by their age"),
        new Axis("age of the order, ms", true),
        new Axis("found, %", false, 100),
        series);
  }

  private static Point point(Visible visible) {
    return new Point(Math.max(LEAST_AGE, visible.ageMillis()), 100 * visible.share());
  }

  private static String style(Level level) {
    return switch (level) {
      case STRONG -> "p-2pc";
      case SESSION -> "p-saga";
      case BOUNDED -> "p-tcc";
      case EVENTUAL -> "p-2pc-quorum";
    };
  }

  private String oldest() {
    List<Bar> bars = new ArrayList<>();
    for (Level level : Level.values()) {
      double most =
          of(level)
              .flatMap(served -> Stream.ofNullable(served.staleMost()))
              .mapToDouble(Double::doubleValue)
              .max()
              .orElse(0);
      bars.add(new Bar(level.says(), most > 0 ? Map.of("oldest", most) : Map.of()));
    }
    return SvgPlot.bars(
        new Caption("oldest", "Staleness", "Age of the oldest page, by level"),
        "milliseconds",
        bars,
        name -> "steady");
  }

  private Table summary() {
    Table table =
        new Table(
            "",
            "Level",
            "Answers",
            "Refused",
            "Lacks own",
            "Lacks seen",
            "Older than " + Level.BOUND_MILLIS + " ms",
            "By replicas");
    for (Level level : Level.values()) {
      long answers = (long) total(level, Served::answered);
      table.row(
          Cell.head(level.says()),
          Cell.of(Figures.count(answers)),
          Cell.of(count(level, Served::refused)),
          promised(level, Served::lacksOwn, level == Level.SESSION || level == Level.STRONG),
          promised(level, Served::lacksSeen, level == Level.SESSION || level == Level.STRONG),
          promised(level, Served::tooOld, level == Level.BOUNDED || level == Level.STRONG),
          Cell.of(
              answers == 0
                  ? Figures.NONE
                  : Figures.percent(total(level, Served::byReplicas) / answers)));
    }
    return table;
  }

  private Cell promised(Level level, Function<Served, Long> figure, boolean isPromised) {
    return Cell.styled(isPromised && total(level, figure) > 0 ? "bad" : "", count(level, figure));
  }

  private String count(Level level, Function<Served, Long> figure) {
    return Figures.count((long) total(level, figure));
  }

  private Table byFault() {
    Table table =
        new Table(
            "",
            "Fault",
            "Level",
            "Answers",
            "Refused",
            "Longest gap",
            "p50, p99",
            "By replicas",
            "Lacks own, seen",
            "Oldest page");
    for (Served served : figures.served()) {
      table.row(
          Cell.head(served.fault().says()),
          Cell.of(served.level().says()),
          Cell.of(Figures.count(served.answered())),
          Cell.of(Figures.count(served.refused())),
          Cell.of(Figures.of(served.longestGap() / SECOND, 1) + " s"),
          Cell.of(Figures.rounded(served.p50()) + ", " + Figures.rounded(served.p99()) + " ms"),
          Cell.of(
              served.answered() == 0
                  ? Figures.NONE
                  : Figures.percent((double) served.byReplicas() / served.answered())),
          Cell.of(Figures.count(served.lacksOwn()) + ", " + Figures.count(served.lacksSeen())),
          Cell.of(milliseconds(served.staleMost())));
    }
    return table;
  }

  private static String milliseconds(@Nullable Double millis) {
    return millis == null ? Figures.NONE : Figures.rounded(millis) + " ms";
  }

  private void register(Page page) {
    page.paragraph(
        "The register is the newest order: one client places orders one after the other, others"
            + " read it. Each value is written once, so zones decide in O(n log n) whether a"
            + " history is linearizable (Gibbons and Korach 1997), and by how much it is not: how"
            + " much earlier its reads would have to begin (Golab, Li and Shah 2011). The second"
            + " opinion is a search of all orders (Wing and Gong 1993); unknown means that it has"
            + " reached its bound.");
    Table table =
        new Table("", "Fault", "Level", "Writes", "Reads", "By zones", "Off by", "By search");
    for (Register each : figures.registers()) {
      boolean isBad = each.level() == Level.STRONG && !each.isLinearizable();
      table.row(
          Cell.head(each.fault().says()),
          Cell.of(each.level().says()),
          Cell.of(Figures.count(each.writes())),
          Cell.of(Figures.count(each.reads())),
          Cell.styled(
              isBad ? "bad" : "",
              each.isLinearizable()
                  ? "linearizable"
                  : Figures.count(each.conflicts())
                      + (each.conflicts() == 1 ? " conflict" : " conflicts")),
          Cell.of(
              each.isLinearizable()
                  ? Figures.NONE
                  : each.offMillis() == null ? "any time" : milliseconds(each.offMillis())),
          Cell.of(words(each.search().name())));
    }
    page.table(table);
  }

  private static String words(String constant) {
    return constant.toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private void longFork(Page page) {
    LongFork fork = figures.longFork();
    if (fork == null) {
      return;
    }
    page.heading("Long Fork: two writes in opposite orders");
    page.paragraph(
        "A replica shows commits in the order of the log. The primary shows a commit when its"
            + " session continues after a standby has confirmed it, and sessions need not continue"
            + " in that order. Here one session is paused at that moment, with SIGSTOP. One reader"
            + " sees the first write without the second, another one the second without the first:"
            + " no order of the two agrees with both. This is PostgreSQL's design, and no fault"
            + " (Jepsen has shown it on healthy clusters, 2025). A session is safe: its token"
            + " remembers what a replica has shown, and the primary answers it once it shows that,"
            + " too. Two physical standbys cannot disagree with each other, as both replay one"
            + " log.");
    Table table = new Table("", "ms", "Step", "First write", "Second write");
    for (LongFork.Step step : fork.steps()) {
      table.row(
          Cell.of(Figures.of(step.atMillis(), 0)),
          Cell.head(step.says()),
          Cell.of(shown(step.first())),
          Cell.of(shown(step.second())));
    }
    page.table(table);
  }

  private static String shown(@Nullable Boolean isShown) {
    return isShown == null ? "" : isShown ? "shown" : "not shown";
  }

  private static void limits(Page page) {
    page.heading("Read with care");
    page.paragraph(
        "A page older than the bound is counted by the clients' clock: when the first order that it"
            + " lacks was acknowledged, before the read began. Strong and session reads may be"
            + " refused where this run answers them, and eventual reads may lack nothing for hours:"
            + " a promise is a bound, not a forecast. The age of a replica is measured with the"
            + " clocks of two databases, here of one machine; on several, the bound is as good as"
            + " their clocks agree.");
    page.paragraph(
        "While no standby is connected, commits do not wait for one (docs/operations.md), and the"
            + " barrier of a strong read proves nothing about other nodes; then none is promoted"
            + " either.");
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    text.append(Claim.verdict(claims)).append(System.lineSeparator());
    text.append(settings()).append(System.lineSeparator());
    for (Served served : figures.served()) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-14s %-8s %7s answers, %5s refused, gap %5s s, p50 %6s p99 %6s ms, by replicas"
                  + " %5s, lacks own %s seen %s, oldest %s%n",
              served.fault().says(),
              served.level().says(),
              Figures.count(served.answered()),
              Figures.count(served.refused()),
              Figures.of(served.longestGap() / SECOND, 1),
              Figures.rounded(served.p50()),
              Figures.rounded(served.p99()),
              served.answered() == 0
                  ? Figures.NONE
                  : Figures.percent((double) served.byReplicas() / served.answered()),
              Figures.count(served.lacksOwn()),
              Figures.count(served.lacksSeen()),
              milliseconds(served.staleMost())));
    }
    for (Register each : figures.registers()) {
      text.append(
          String.format(
              Locale.ROOT,
              "register, %-14s %-8s %5s writes %6s reads: %s; search: %s%n",
              each.fault().says(),
              each.level().says(),
              Figures.count(each.writes()),
              Figures.count(each.reads()),
              each.isLinearizable()
                  ? "linearizable"
                  : "not linearizable, off by "
                      + (each.offMillis() == null ? "any time" : milliseconds(each.offMillis())),
              words(each.search().name())));
    }
    if (figures.longFork() != null) {
      for (LongFork.Step step : Objects.requireNonNull(figures.longFork()).steps()) {
        text.append(
            String.format(
                Locale.ROOT,
                "%5s ms  %s%s%n",
                Figures.of(step.atMillis(), 0),
                step.says(),
                step.first() == null
                    ? ""
                    : ": first " + shown(step.first()) + ", second " + shown(step.second())));
      }
    }
    return text.append(Claim.text(claims)).toString();
  }
}
