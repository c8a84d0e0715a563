package dev.converge.lab.protocols;

import dev.converge.lab.protocols.SyncAsyncFigures.Measured;
import dev.converge.lab.protocols.SyncAsyncFigures.Settings;
import dev.converge.lab.protocols.SyncAsyncFigures.State;
import dev.converge.lab.protocols.SyncAsyncFigures.Way;
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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The report on synchronous and asynchronous communication, as a page and as text. Pure. */
final class SyncAsyncPage {
  private static final double PERCENT = 100;
  private static final String WHOLE = "complete";
  private static final String HALF = "half done";
  private static final String NOTHING = "without effects";

  private final SyncAsyncFigures figures;
  private final List<Claim> claims;

  private SyncAsyncPage(SyncAsyncFigures figures) {
    this.figures = figures;
    this.claims = figures.claims();
  }

  static Report of(SyncAsyncFigures figures) throws IOException {
    SyncAsyncPage page = new SyncAsyncPage(figures);
    return Report.of("sync-async", figures, page.html(), page.text());
  }

  private String html() {
    Page page =
        new Page(
            "Synchronous or asynchronous: what it costs to wait",
            List.of(Claim.verdict(claims), settings(), figures.machine().says()));
    question(page);
    page.figures(
        List.of(
            new Page.Figure("Orders answered 2xx", accepted()),
            new Page.Figure("What became of the orders, once all had ended", fates()),
            new Page.Figure("Time to the answer, median", times(one -> one.answers().p50(), "p50")),
            new Page.Figure(
                "Time to the answer, 99th percentile", times(one -> one.answers().p99(), "p99")),
            new Page.Figure(
                "Time to the last effect, median", times(one -> one.effects().p50(), "effects"))));
    answers(page);
    page.table(table());
    limits(page);
    page.heading("Claims of this page");
    page.table(Claim.table(claims));
    return page.html();
  }

  private static void question(Page page) {
    page.heading("The question");
    page.paragraph(
        "An order needs three services: one takes it, one ships stock, one takes money. The first can"
            + " call the others and wait for each of them; or it can store the order together with"
            + " messages to them, and answer. What does a caller notice when the third one is slow,"
            + " or down?");
    page.lines(
        List.of(
            "chain of calls    order -> inventory -> payment -> answer",
            "immediate answer  order -> answer; messages -> inventory -> payment",
            "client waits      order -> messages -> inventory -> payment -> answer"));
    page.paragraph(
        "Three clients place the same orders at the same rate and at the same time, each in one of"
            + " these ways. The chain is the dual write of the experiments with commit protocols: a"
            + " row, then one call after the other. The second is the saga. The third is the saga, too, but its"
            + " client asks to wait for the end (Prefer: wait). Payment is healthy first, then each"
            + " message to it and from it is late, then it is down, and comes back.");
  }

  private static void answers(Page page) {
    page.heading("Two questions that look like one");
    page.paragraph(
        "Whether a caller waits for its answer, and whether services wait for each other, are two"
            + " choices. In a chain both are one: the caller waits for the sum of all parts, and an"
            + " order can be taken only while all parts are up. With messages the caller can"
            + " still wait for the end, where it wants one answer. If the end does not come in time, the"
            + " answer is 202: the order is taken, and continues. Nothing is lost by that.");
    page.paragraph(
        "Messages are not faster. To the last effect they take longer than calls, because each step"
            + " is written to a log, read, and sent. What they decouple is time: an order that is taken"
            + " while payment is down is complete when payment is back, and no one had to repeat it.");
    page.paragraph(
        "The chain fails in a worse way than by refusing. Its first steps are done when the third"
            + " one fails, and nothing continues or undoes them. A caller that repeats the order, or"
            + " gives up, leaves them as they are.");
  }

  private static void limits(Page page) {
    page.heading("Read with care");
    page.paragraph(
        "All ways run at the same time on one machine, so they share its processors; compare them,"
            + " and not with other runs. Five seconds after each state are not counted, in which"
            + " payment starts and works off its backlog. An answer counts for the state in which"
            + " its order was due, however late it came. Payment's delay is shorter than the timeout"
            + " of a call: with a longer one the chain would fail as if payment were down.");
    page.paragraph(
        "A chain can be built better than this one: with retries, a circuit breaker, an undo for"
            + " each step. It then is a saga without its log, and ends where its process ends.");
  }

  private String settings() {
    Settings settings = figures.settings();
    return String.format(
        Locale.ROOT,
        "Seed %d; %s orders a second in each way for %s s with each state; slow: %d ms each way; a"
            + " client that waits does so for %d s.",
        settings.seed(),
        Figures.rounded(settings.ordersPerSecond()),
        Figures.of(settings.seconds(), 0),
        settings.delayMillis(),
        settings.waitSeconds());
  }

  private static String label(Measured one) {
    return one.state().says().substring("payment ".length()) + ", " + one.way().label();
  }

  private List<Measured> byState() {
    List<Measured> all = new ArrayList<>();
    for (State state : State.values()) {
      for (Way way : Way.values()) {
        all.add(figures.of(way, state));
      }
    }
    return all;
  }

  private String accepted() {
    List<Bar> bars = new ArrayList<>();
    for (Measured one : byState()) {
      Map<String, Double> segments = new LinkedHashMap<>();
      if (one.offered() > 0) {
        segments.put(one.way().says(), PERCENT * one.ok() / one.offered());
      }
      bars.add(new Bar(label(one), segments));
    }
    return SvgPlot.bars(
        new Caption("accepted", "Accepted", "Share of the orders that were answered 2xx"),
        "% of the orders",
        bars,
        SyncAsyncPage::style);
  }

  private String fates() {
    List<Bar> bars = new ArrayList<>();
    for (Measured one : byState()) {
      Map<String, Double> segments = new LinkedHashMap<>();
      segments.put(WHOLE, (double) one.whole());
      segments.put(HALF, (double) one.half());
      segments.put(NOTHING, (double) (one.offered() - one.whole() - one.half()));
      bars.add(new Bar(label(one), segments));
    }
    return SvgPlot.countBars(
        new Caption("fates", "Fates", "Orders by their effects, once quiescent"),
        "orders",
        bars,
        name -> name.equals(WHOLE) ? "filled" : name.equals(HALF) ? "p-2pc" : "p-dual-write");
  }

  private String times(Function<Measured, @Nullable Double> millis, String id) {
    List<Bar> bars = new ArrayList<>();
    for (Measured one : byState()) {
      Map<String, Double> segments = new LinkedHashMap<>();
      Double time = millis.apply(one);
      if (time != null) {
        segments.put(one.way().says(), time / 1_000);
      }
      bars.add(new Bar(label(one), segments));
    }
    return SvgPlot.bars(
        new Caption(id, "Times", "Times by state of payment and way"),
        "seconds",
        bars,
        SyncAsyncPage::style);
  }

  private static String style(String says) {
    for (Way way : Way.values()) {
      if (way.says().equals(says)) {
        return way.style();
      }
    }
    return "other";
  }

  private Table table() {
    Table table =
        new Table(
            "summary",
            "State and way",
            "Answered 2xx",
            "With the end",
            "Answer p50, p99",
            "Complete",
            "Half done",
            "Last effect p50, max");
    for (Measured one : byState()) {
      table.row(
          Cell.head(one.state().says() + ": " + one.way().says()),
          Cell.styled(
              one.ok() == one.offered() ? "good" : "bad", one.ok() + " of " + one.offered()),
          Cell.of(Figures.count(one.ended())),
          Cell.of(
              SyncAsyncFigures.millis(one.answers().p50())
                  + ", "
                  + SyncAsyncFigures.millis(one.answers().p99())),
          Cell.of(Figures.count(one.whole())),
          Cell.styled(one.half() == 0 ? "good" : "bad", Figures.count(one.half())),
          Cell.of(
              SyncAsyncFigures.millis(one.effects().p50())
                  + ", "
                  + SyncAsyncFigures.millis(one.effects().max())));
    }
    return table;
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    text.append(Claim.verdict(claims)).append(System.lineSeparator());
    text.append(settings()).append(System.lineSeparator());
    for (Measured one : byState()) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-16s %-27s 2xx %d of %d; answer p50 %s, p99 %s; complete %d, half done %d; last"
                  + " effect p50 %s%n",
              one.state().says(),
              one.way().says(),
              one.ok(),
              one.offered(),
              SyncAsyncFigures.millis(one.answers().p50()),
              SyncAsyncFigures.millis(one.answers().p99()),
              one.whole(),
              one.half(),
              SyncAsyncFigures.millis(one.effects().p50())));
    }
    return text.append(Claim.text(claims)).toString();
  }
}
