package dev.converge.lab.concepts;

import dev.converge.lab.concepts.LocksFigures.Acquired;
import dev.converge.lab.concepts.LocksFigures.Fault;
import dev.converge.lab.concepts.LocksFigures.Round;
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
import org.jspecify.annotations.Nullable;

/** The report on locks, as a page and as text. Pure. */
final class LocksPage {
  private static final String UNCHECKED = "lost, no token checked";
  private static final String CHECKED = "lost, token checked";
  private static final double SECOND = 1_000;

  private final LocksFigures figures;
  private final List<Claim> claims;

  private LocksPage(LocksFigures figures) {
    this.figures = figures;
    this.claims = figures.claims();
  }

  static Report of(LocksFigures figures) throws IOException {
    LocksPage page = new LocksPage(figures);
    return Report.of("locks", figures, page.html(), page.text());
  }

  private String html() {
    Page page =
        new Page(
            "Distributed locks: a holder that is late",
            List.of(Claim.verdict(claims), settings(), figures.machine().says()));
    question(page);
    page.figures(
        List.of(
            new Page.Figure("Newer prices that a late write replaced", losses()),
            new Page.Figure("Holder killed: until the lock is passed on", passedOn(Fault.KILL)),
            new Page.Figure("Holder paused: until the lock is passed on", passedOn(Fault.PAUSE)),
            new Page.Figure("Holder cut off: until the lock is passed on", passedOn(Fault.CUT))));
    answers(page);
    page.table(table());
    page.heading("The locks");
    Table kinds = new Table("", "Lock", "Here", "Token");
    for (LockKind kind : figures.settings().kinds()) {
      kinds.row(
          Cell.head(kind.says()),
          Cell.of(kind.explains()),
          Cell.of(kind.hasToken() ? "yes" : "no"));
    }
    page.table(kinds);
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
        "Every night one process changes all prices. Two processes are installed, so that one can"
            + " replace the other, and a lock lets only one of them work. A process that crashes"
            + " must not hold the lock forever, so most locks expire after a while, their lease."
            + " But a process that does not answer may only be late: paused by its machine or its"
            + " garbage collector, or cut off by the network. Then it continues, and does not know"
            + " that its lock has passed to the other one.");
    page.lines(
        List.of(
            "first    acquires the lock, checks that it holds it, and begins to write",
            "         ... is paused, or its packets are delayed, for longer than the lease ...",
            "second   gets the lock, writes newer prices, and releases it",
            "first    continues: its write arrives late, after the newer one"));
    page.paragraph(
        "No check before the write helps, because the pause can come after the check: in each round"
            + " here it does. A fencing token does. The lock gives each holder a greater number than"
            + " the one before. The database stores the greatest number that has written, and"
            + " refuses a smaller one: UPDATE ... WHERE fence <= token. In this run each write goes"
            + " to two tables in one statement: one checks the token, one does not.");
  }

  private static void answers(Page page) {
    page.heading("Two failures, one choice");
    page.paragraph(
        "A lock that expires lets a late holder meet its successor. A lock that does not expire"
            + " makes everyone wait for as long as the holder is late. There is no third kind:"
            + " no process can distinguish late from dead. The remedy is not a better lock but a check"
            + " where the data is: either a token, or a lock that lives in the session that"
            + " writes, so that losing the one ends the other.");
  }

  private static void limits(Page page) {
    page.heading("Read with care");
    page.paragraph(
        "A token refuses a late write only after a later holder has written: until then no greater"
            + " number is stored. And it needs a resource that can compare it, such as a database;"
            + " a mail or a payment cannot. When the holder is cut off, a write in the session of"
            + " its lock is lost with the connection; when it is paused, the server refuses it.");
    page.paragraph(
        "Every holder asks for the lock each 10 ms, and does not renew its lease. Idle sessions of"
            + " the advisory locks end after the lease (idle_session_timeout); without that setting"
            + " they pass on only when the connection is closed. ZooKeeper checks sessions once a"
            + " tick, here a second, so it passes a lock on up to a tick late. Redis increments the"
            + " token in the same script that sets the key; a server that loses its data repeats"
            + " tokens. Curator's InterProcessMutex is not used: two clients can hold it after a lost"
            + " connection (apache/curator #1121); its token should be the czxid, as here.");
    page.paragraph(
        "Not used: Hazelcast's CP subsystem, whose FencedLock has tokens, has not been open source"
            + " since Hazelcast 5.5. Redisson's RedLock is deprecated. The Redlock here follows the"
            + " description in Redis' documentation.");
  }

  private String settings() {
    return String.format(
        Locale.ROOT,
        "Seed %d; lease %s s; rounds of each fault: %d; real servers and processes on one machine,"
            + " killed with SIGKILL, paused with SIGSTOP, cut off by a proxy.",
        figures.settings().seed(),
        Figures.of(figures.settings().leaseMillis() / SECOND, 1),
        figures.settings().rounds());
  }

  private String losses() {
    List<Bar> bars = new ArrayList<>();
    for (LockKind kind : figures.settings().kinds()) {
      List<Round> late = figures.late(kind);
      Map<String, Double> segments = new LinkedHashMap<>();
      segments.put(UNCHECKED, (double) LocksFigures.count(late, Round::lostPlain));
      segments.put(CHECKED, (double) LocksFigures.count(late, Round::lostFenced));
      bars.add(new Bar(kind.says(), segments));
    }
    return SvgPlot.bars(
        new Caption("losses", "Lost prices", "Late writes that were applied, by lock"),
        "late writes that were applied",
        bars,
        name -> name.equals(UNCHECKED) ? "end" : "p-2pc");
  }

  private String passedOn(Fault fault) {
    List<Bar> bars = new ArrayList<>();
    for (LockKind kind : figures.settings().kinds()) {
      Map<String, Double> segments = new LinkedHashMap<>();
      Double millis = figures.passedOn(kind, fault);
      if (millis != null) {
        segments.put("median", millis / SECOND);
      }
      bars.add(new Bar(kind.says(), segments));
    }
    return SvgPlot.bars(
        new Caption("after-" + fault, "Hand-over", "Time until the lock is passed on, by lock"),
        "seconds",
        bars,
        name -> "steady");
  }

  private Table table() {
    Table table =
        new Table(
            "summary",
            "Lock",
            "Passed on after kill, pause, cut (median)",
            "Acquire p50, p99",
            "Two holders",
            "Lost unchecked",
            "Lost checked");
    for (Acquired acquired : figures.acquired()) {
      List<Round> late = figures.late(acquired.kind());
      table.row(
          Cell.head(acquired.kind().says()),
          Cell.of(passedOnTimes(acquired.kind())),
          Cell.of(Figures.rounded(acquired.p50()) + ", " + Figures.rounded(acquired.p99()) + " ms"),
          of(LocksFigures.count(late, Round::overlaps), late),
          of(LocksFigures.count(late, Round::lostPlain), late),
          of(LocksFigures.count(late, Round::lostFenced), late));
    }
    return table;
  }

  private static Cell of(long count, List<Round> late) {
    return Cell.styled(count == 0 ? "good" : "bad", count + " of " + late.size());
  }

  private String passedOnTimes(LockKind kind) {
    List<String> all = new ArrayList<>();
    for (Fault fault : Fault.values()) {
      all.add(seconds(figures.passedOn(kind, fault)));
    }
    return String.join(", ", all);
  }

  private static String seconds(@Nullable Double millis) {
    return millis == null ? Figures.NONE : Figures.of(millis / SECOND, 2) + " s";
  }

  private Table rounds() {
    Table table =
        new Table("", "Lock", "Holder", "For", "Passed on after", "Two holders for", "Late write");
    for (Round round : figures.rounds()) {
      table.row(
          Cell.head(round.kind().says()),
          Cell.of(round.fault().says()),
          Cell.of(round.fault() == Fault.KILL ? Figures.NONE : seconds(round.heldMillis())),
          Cell.of(seconds(round.passedOnMillis())),
          Cell.of(round.overlaps() ? seconds(round.overlapMillis()) : Figures.NONE),
          Cell.styled(round.lostPlain() ? "bad" : "", outcome(round)));
    }
    return table;
  }

  private static String outcome(Round round) {
    if (round.lateWrite().isEmpty()) {
      return Figures.NONE;
    }
    if (!round.lateWrite().startsWith(LockHolder.WRITTEN)) {
      return "refused: " + round.lateWrite();
    }
    return (round.lostPlain() ? "applied unchecked" : "not applied")
        + (round.lostFenced() ? ", applied checked" : ", refused by its token");
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    text.append(Claim.verdict(claims)).append(System.lineSeparator());
    text.append(settings()).append(System.lineSeparator());
    for (Acquired acquired : figures.acquired()) {
      List<Round> late = figures.late(acquired.kind());
      text.append(
          String.format(
              Locale.ROOT,
              "%-28s after kill, pause, cut %-24s acquire p50 %5s p99 %5s ms; two holders %d,"
                  + " lost unchecked %d, checked %d of %d%n",
              acquired.kind().says(),
              passedOnTimes(acquired.kind()),
              Figures.rounded(acquired.p50()),
              Figures.rounded(acquired.p99()),
              LocksFigures.count(late, Round::overlaps),
              LocksFigures.count(late, Round::lostPlain),
              LocksFigures.count(late, Round::lostFenced),
              late.size()));
    }
    return text.append(Claim.text(claims)).toString();
  }
}
