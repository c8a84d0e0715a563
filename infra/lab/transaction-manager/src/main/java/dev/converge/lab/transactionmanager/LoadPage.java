package dev.converge.lab.transactionmanager;

import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Page;
import dev.converge.lab.report.Report;
import dev.converge.lab.report.SvgPlot;
import dev.converge.lab.report.SvgPlot.Axis;
import dev.converge.lab.report.SvgPlot.Band;
import dev.converge.lab.report.SvgPlot.Caption;
import dev.converge.lab.report.SvgPlot.Mark;
import dev.converge.lab.report.SvgPlot.Point;
import dev.converge.lab.report.SvgPlot.Series;
import dev.converge.lab.report.Table;
import dev.converge.lab.report.Table.Cell;
import dev.converge.lab.transactionmanager.LoadResult.FinalState;
import dev.converge.lab.transactionmanager.LoadResult.Injected;
import dev.converge.lab.transactionmanager.LoadResult.UnderTheSchedule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The report of a run under load, as a page and as text. Pure. */
final class LoadPage {
  private static final String NAME = "transaction-manager-load";

  private final LoadResult result;

  private LoadPage(LoadResult result) {
    this.result = result;
  }

  static Report of(LoadResult result) throws IOException {
    LoadPage page = new LoadPage(result);
    return Report.of(NAME, result, page.html(), page.text());
  }

  private String html() {
    Page page =
        new Page(
            "A transaction manager under load and faults",
            List.of(
                "Narayana over two XA data sources of PostgreSQL: each purchase takes one unit of"
                    + " stock and its price, in one transaction. The manager's recovery runs every"
                    + " second; by default it runs every two minutes.",
                settings(),
                schedule()));
    page.table(comparable());
    page.table(faults());
    limits().forEach(limit -> page.paragraph(limit + "."));
    page.heading("Once quiescent");
    page.paragraph(rest());
    page.heading("Over time");
    page.figures(
        List.of(new Page.Figure("Purchases", answers()), new Page.Figure("In doubt", age())));
    return page.html();
  }

  private String settings() {
    return format(
        "Seed %d, %.0f purchases a second, %.0f %% of them for one item.",
        result.settings().seed(),
        result.settings().ordersPerSecond(),
        result.settings().hotShare() * 100);
  }

  private String schedule() {
    return "The faults of the schedule come at the times, and last as long, as those of lab protocols"
        + " with the same seed and pauses"
        + format(" for restarts that take %.1f s", result.settings().restartSeconds())
        + ", and the load has the same rate, items and wallets. The first table is"
        + " of this part alone, and has the columns of that command. Two that only a transaction manager has follow it: "
        + String.join(" and ", LoadFault.own().stream().map(LoadFault::id).toList())
        + ".";
  }

  /** The faults of the schedule that are not the same here, with the reasons. */
  private List<String> limits() {
    return result.plan().limits().stream()
        .map(
            limit ->
                limit.fault().id()
                    + (limit.isInjected() ? ", in part: " : ", not injected: ")
                    + limit.reason())
        .toList();
  }

  /** With the names and the figures of the protocols, so that the row fits below theirs. */
  private Table comparable() {
    UnderTheSchedule of = result.underTheSchedule();
    Table table =
        new Table(
            "",
            "Protocol",
            "Unavailable",
            "2xx",
            "Oldest in doubt",
            "In doubt, each branch",
            "Diverge once quiescent");
    table.row(
        Cell.head("Narayana"),
        Cell.of(of.unavailableSeconds() + " s"),
        Cell.of(Figures.of(of.okShare() * 100, 1) + " %"),
        Cell.of(Figures.of(of.oldestSeconds(), 1) + " s"),
        Cell.of(Figures.of(of.inDoubtSecondsPerBranch(), 0) + " s of " + of.branches()),
        Cell.of(Figures.count(result.finalState().divergent())));
    return table;
  }

  private Table faults() {
    Table table =
        new Table(
            "",
            "Fault",
            "Planned at",
            "From",
            "To",
            "2xx",
            "Oldest branch in doubt",
            "Hit between vote and end");
    for (Injected fault : result.injected()) {
      table.row(
          Cell.head(fault.fault().says()),
          Cell.of(seconds(planned(fault))),
          Cell.of(seconds(fault.fromMillis())),
          Cell.of(seconds(fault.toMillis())),
          Cell.of(share(result.okShare(fault))),
          Cell.of(seconds(oldest(fault))),
          Cell.of(!fault.fault().hitsVotes() ? Figures.NONE : fault.caught() ? "yes" : "no"));
    }
    return table;
  }

  private static String share(@Nullable Double share) {
    return share == null ? Figures.NONE : Figures.of(share * 100, 1) + " %";
  }

  private double planned(Injected fault) {
    return result.plan().faults().stream()
        .filter(planned -> planned.fault() == fault.fault())
        .mapToDouble(LoadPlan.Planned::atMillis)
        .findFirst()
        .orElse(fault.fromMillis());
  }

  // Until the next fault: recovery takes its time.
  private double oldest(Injected fault) {
    int next = result.injected().indexOf(fault) + 1;
    double until =
        next < result.injected().size()
            ? result.injected().get(next).fromMillis()
            : result.plan().lengthMillis();
    return result.oldestMillis(fault.fromMillis(), until);
  }

  private String rest() {
    FinalState rest = result.finalState();
    return format(
        "%,d purchases have an effect; %d diverge (%d shipped, not paid; %d paid, not shipped);"
            + " %d broken answers; %d branches left prepared; sums %s; %d s unavailable; %s",
        rest.purchases(),
        rest.divergent(),
        rest.shippedNotPaid(),
        rest.paidNotShipped(),
        rest.brokenAnswers(),
        rest.leftPrepared(),
        rest.sumsAreExact() ? "exact" : "NOT EXACT",
        result.unavailableSeconds(),
        rest.quiescentSeconds() < 0
            ? "not quiescent"
            : format("quiescent after %.1f s", rest.quiescentSeconds()));
  }

  private String answers() {
    return SvgPlot.chart(
        new Caption("answers", "Purchases over time", "Answered 201 in each second, with faults"),
        new Axis("seconds", false),
        new Axis("purchases/s", false),
        List.of(
            new Series(
                "answered 201",
                "p-2pc",
                Mark.LINE,
                result.seconds().stream().map(s -> new Point(s.second(), s.ok())).toList())),
        bands());
  }

  private String age() {
    return SvgPlot.chart(
        new Caption("doubt", "Age of the oldest branch", "Over time, with faults"),
        new Axis("seconds", false),
        new Axis("seconds in doubt", false),
        List.of(
            new Series(
                "oldest in doubt",
                "p-2pc",
                Mark.LINE,
                result.inDoubt().stream()
                    .map(m -> new Point(m.atMillis() / 1_000, m.oldestMillis() / 1_000))
                    .toList())),
        bands());
  }

  private List<Band> bands() {
    List<Band> bands = new ArrayList<>();
    for (Injected fault : result.injected()) {
      bands.add(
          new Band(
              Integer.toString(bands.size() + 1),
              fault.fault().id(),
              fault.fault().band(),
              fault.fromMillis() / 1_000,
              fault.toMillis() / 1_000));
    }
    return bands;
  }

  private String text() {
    StringBuilder text = new StringBuilder(settings()).append(System.lineSeparator());
    for (Injected fault : result.injected()) {
      text.append(
              format(
                  "  %-24s %6s to %6s; oldest in doubt %s%s",
                  fault.fault().id(),
                  seconds(fault.fromMillis()),
                  seconds(fault.toMillis()),
                  seconds(oldest(fault)),
                  fault.caught() ? "" : "; no purchase was between vote and decision"))
          .append(System.lineSeparator());
    }
    UnderTheSchedule of = result.underTheSchedule();
    text.append(
            format(
                "under the schedule alone: %d s unavailable, %.1f %% 2xx, oldest in doubt %.1f s,"
                    + " each branch in doubt for %.0f s",
                of.unavailableSeconds(),
                of.okShare() * 100,
                of.oldestSeconds(),
                of.inDoubtSecondsPerBranch()))
        .append(System.lineSeparator());
    limits().forEach(limit -> text.append("  ").append(limit).append(System.lineSeparator()));
    return text.append(rest()).append(System.lineSeparator()).toString();
  }

  private static String seconds(double millis) {
    return format("%.1f s", millis / 1_000);
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
