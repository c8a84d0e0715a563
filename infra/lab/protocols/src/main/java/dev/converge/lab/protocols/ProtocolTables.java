package dev.converge.lab.protocols;

import dev.converge.lab.protocols.ProtocolResult.ThroughputPoint;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Page;
import dev.converge.lab.report.Table;
import dev.converge.lab.report.Table.Cell;
import dev.converge.lab.schedule.FaultKind;
import dev.converge.lab.schedule.FaultPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The tables of the page, each with its heading. */
final class ProtocolTables {
  private final ProtocolReport report;
  private final Page page;

  ProtocolTables(ProtocolReport report, Page page) {
    this.report = report;
    this.page = page;
  }

  void summary() {
    page.heading("Promise and measurements of each protocol");
    Table table =
        new Table(
            Table.STACKED,
            "Protocol",
            "Promises",
            "Unavailable",
            "2xx",
            "Oldest in doubt",
            "In doubt, each branch",
            "Diverge once quiescent",
            "Effects apart, median",
            "Fractured reads");
    for (ProtocolResult result : report.protocols()) {
      int divergent = result.finalState().divergentOrders();
      table.row(
          Cell.head(result.protocol()),
          Cell.of(result.promises()),
          Cell.of(result.unavailableSeconds() + " s"),
          Cell.of(Goals.percent(Figures.ratio((double) result.ok(), (double) result.offered()))),
          Cell.of(Figures.of(result.inDoubt().oldestMillis() / 1_000, 1) + " s"),
          Cell.of(perBranch(result)),
          Cell.styled(divergent == 0 ? "good" : "bad", Figures.count(divergent)),
          Cell.of(Figures.rounded(result.window().p50()) + " ms"),
          Cell.of(Figures.percent(result.fractured().share())));
    }
    page.table(table);
    page.paragraph(
        "In doubt, each branch: the time for which the branches of all orders were in doubt, divided by"
            + " the number of branches of an order. That is two, of stock and of money, or three, where"
            + " the order itself is prepared, too.");
    page.paragraph(
        "No protocol avoids both waiting and divergence when the network may split (Skeen 1981;"
            + " Gray and Lamport 2006).");
  }

  private static String perBranch(ProtocolResult result) {
    return Figures.of(result.inDoubtSecondsPerBranch(), 0)
        + " s"
        + (result.branches() == 0 ? "" : " of " + result.branches());
  }

  void throughput(
      String name,
      String unit,
      double times,
      Function<ProtocolResult, List<ThroughputPoint>> points) {
    if (report.protocols().isEmpty() || points.apply(report.protocols().get(0)).isEmpty()) {
      return;
    }
    List<String> columns = new ArrayList<>(List.of(name));
    for (ThroughputPoint point : points.apply(report.protocols().get(0))) {
      columns.add(Figures.of(point.x() * times, 0) + " " + unit);
    }
    Table table = new Table("steps", columns.toArray(String[]::new));
    for (ProtocolResult result : report.protocols()) {
      List<Cell> cells = new ArrayList<>(List.of(Cell.head(result.protocol())));
      for (ThroughputPoint point : points.apply(result)) {
        String hold =
            point.lockHoldMillis() == null
                ? ""
                : ", locked "
                    + Figures.rounded(point.lockHoldMillis())
                    + " ms"
                    + (point.boundPerSecond() == null
                        ? ""
                        : ", at most " + Figures.rounded(point.boundPerSecond()) + "/s");
        cells.add(Cell.of(perSecond(point) + hold));
      }
      table.row("", cells);
    }
    page.table(table);
  }

  /** The median, with the least and the most of several samples. */
  private static String perSecond(ThroughputPoint point) {
    String median = Figures.rounded(point.completedPerSecond()) + "/s";
    List<Double> samples = point.samplesPerSecond();
    return samples.size() < 2
        ? median
        : "%s (%s to %s)"
            .formatted(
                median,
                Figures.rounded(samples.get(0)),
                Figures.rounded(samples.get(samples.size() - 1)));
  }

  void costs() {
    page.heading("Cost before the first fault");
    page.paragraph(
        "After a warm-up that takes the same time for each protocol; a whole run begins with orders"
            + " of all protocols. Messages: between the services, of one order from its trace; a"
            + " request and its answer are one. Forced"
            + " writes: flushes of the databases' logs; commits at the same time share one. Locks of"
            + " the others end with a local transaction. Answers and lock holds are those of the load"
            + " before the first fault. Commits, writes, log and processor time are the median of"
            + " three samples with 16 clients, without what the same platform counts in as many"
            + " seconds before, without orders.");
    page.paragraph(
        "2pc-quorum needs a third system: the messages to ZooKeeper's three nodes and between them,"
            + " and the flushes of their logs, from its own metrics and for each order. Each write"
            + " there is a request, a proposal and a commit to two followers, and a flush of each node;"
            + " an order has two writes: its decision, and that all have applied it.");
    Table table =
        new Table(
            "steps",
            "Protocol",
            "Answer, median",
            "p99",
            "max",
            "Lock hold, median",
            "Messages",
            "Commits/order",
            "Forced writes/order",
            "ZooKeeper: messages/order",
            "forced writes/order",
            "Log/order",
            "CPU/order",
            "Blocked readers");
    for (ProtocolResult result : report.protocols()) {
      ProtocolResult.Undisturbed before = result.undisturbed();
      OrderCosts costs = before.costs();
      table.row(
          Cell.head(result.protocol()),
          Cell.of(millis(before.answer().p50())),
          Cell.of(millis(before.answer().p99())),
          Cell.of(millis(before.answer().max())),
          Cell.of(millis(before.lockHold().p50())),
          Cell.of(Integer.toString(result.sequences().undisturbed().betweenServices())),
          Cell.of(Figures.of(of(costs, OrderCosts::commits), 1)),
          Cell.of(Figures.of(of(costs, OrderCosts::forcedWrites), 1)),
          Cell.of(Figures.of(of(costs, OrderCosts::quorumMessages), 1)),
          Cell.of(Figures.of(of(costs, OrderCosts::quorumForcedWrites), 1)),
          Cell.of(Figures.of(of(costs, OrderCosts::logBytes), 0) + " B"),
          Cell.of(millis(of(costs, OrderCosts::cpuMillis))),
          Cell.of(Integer.toString(result.inDoubt().blockedReaders())));
    }
    page.table(table);
  }

  private static @Nullable Double of(
      @Nullable OrderCosts costs, Function<OrderCosts, @Nullable Double> resource) {
    return costs == null ? null : resource.apply(costs);
  }

  void faults() {
    page.heading("Each fault");
    page.paragraph(
        "Each protocol gets the same faults at the same times, and is offered the same number of"
            + " orders: "
            + String.join(
                ", ",
                report.protocols().stream()
                    .map(result -> result.protocol() + " " + Figures.count(result.offered()))
                    .toList())
            + ".");
    page.paragraph(
        "The same fault hits each protocol where it has most to lose, so its first instant differs:"
            + " coordinator-killed, participant-killed, partition and zombie begin once a branch is in doubt"
            + " at payment, and for the saga once an order is in progress; partition begins for 3pc"
            + " when a precommit is under way, so that only the orders at that step can diverge, and"
            + " those placed later abort; coordinator-killed begins for dual-write when the call"
            + " of payment is under way. All others begin at their time. Complete meanwhile: orders placed during the fault whose last effect was"
            + " committed before its end.");
    page.paragraph(
        "partition, answers-lost and slow degrade payment's calls by HTTP, and for the saga its"
            + " messages: its way to Kafka, by which commands arrive, and Debezium's to its outbox, by"
            + " which replies leave. Debezium needs up to ten seconds until it reads an outbox again.");
    page.paragraph(
        "First 2xx, clear, consistent: from the healing to the next 2xx, until no branch was in doubt"
            + " for more than a second, and until the last effect of the orders that were in flight"
            + " during the fault. Diverge: of those orders; an order may be in flight during two"
            + " faults.");
    page.paragraph(
        "A branch of 3pc can wait longer than its timeout while its own database is down: it"
            + " decides only once that is back, so its age is the time of the restart. 3pc also"
            + " costs more than 2pc: one more round of messages and one more forced write of each"
            + " branch, with the locks held meanwhile.");
    for (FaultPlan.Planned planned : report.plan().faults()) {
      page.paragraph(
          planned.kind().id()
              + ", planned at "
              + seconds(planned.atMillis() / 1e3)
              + ": "
              + planned.kind().says()
              + ".");
      Table table =
          new Table(
              "steps",
              "Protocol",
              "Began at",
              "Held",
              "2xx",
              "Complete meanwhile",
              "Oldest in order-db",
              "Oldest elsewhere",
              "Locked branches",
              "Blocked writers",
              "First 2xx",
              "Clear",
              "Consistent",
              "Diverge");
      for (ProtocolResult result : report.protocols()) {
        FaultResult fault = result.fault(planned.kind());
        if (fault != null) {
          table.row(
              Cell.head(result.protocol()),
              Cell.of(seconds(fault.atSeconds())),
              Cell.of(seconds(fault.healedSeconds() - fault.atSeconds())),
              Cell.of(Goals.percent(fault.okShare())),
              Cell.of(Figures.count(fault.completedMeanwhile())),
              Cell.of(seconds(fault.atOrderSeconds())),
              Cell.of(seconds(fault.elsewhereSeconds())),
              Cell.of(Integer.toString(fault.lockedBranches())),
              Cell.of(Integer.toString(fault.blockedWriters())),
              Cell.of(seconds(fault.firstOkSeconds())),
              Cell.of(seconds(fault.clearSeconds())),
              Cell.of(
                  fault.consistentSeconds() == null ? "never" : seconds(fault.consistentSeconds())),
              Cell.styled(
                  fault.divergentOrders() == 0 ? "" : "bad",
                  Figures.count(fault.divergentOrders())));
        }
      }
      page.table(table);
    }
  }

  void outage() {
    page.heading("The order's branch needs an order-service");
    page.paragraph(
        "A branch is ended by a service of its database, and by no other. That of the order's branch"
            + " is order-service, which is also the coordinator. During coordinator-killed a second"
            + " instance ends it, as on a platform of ./converge up --protocols --scale"
            + " order-service=2. Without one, as of ./converge up --protocols, it waits with its locks"
            + " until an order-service is started: both instances are killed between the votes and the"
            + " decision. That is measured after the load, because no protocol answers a client then."
            + " Ages of the oldest branch in doubt, in order-db and in the other databases; and the time"
            + " until a writer gets the row of the hot item, which a branch in doubt holds at the"
            + " kill, except by tcc, whose branches hold no locks.");
    Table table =
        new Table(
            "steps",
            "Protocol",
            "A second instance: order-db",
            "elsewhere",
            "Without one: down for",
            "order-db",
            "elsewhere",
            "Hot row blocked for",
            "Clear after the start",
            "Diverge");
    for (ProtocolResult result : report.protocols()) {
      OrderServiceOutage outage = result.outage();
      FaultResult killed = result.fault(FaultKind.COORDINATOR_KILLED);
      if (outage != null) {
        table.row(
            Cell.head(result.protocol()),
            Cell.of(atOrder(result, killed == null ? null : killed.atOrderSeconds())),
            Cell.of(seconds(killed == null ? null : killed.elsewhereSeconds())),
            Cell.of(seconds(outage.heldSeconds())),
            Cell.of(atOrder(result, outage.atOrderSeconds())),
            Cell.of(seconds(outage.elsewhereSeconds())),
            Cell.of(
                outage.hotRowBlockedSeconds() == null
                    ? "never free"
                    : seconds(outage.hotRowBlockedSeconds())),
            Cell.of(outage.clearSeconds() == null ? "never" : seconds(outage.clearSeconds())),
            Cell.styled(
                outage.divergentOrders() == 0 ? "" : "bad",
                Figures.count(outage.divergentOrders())));
      }
    }
    page.table(table);
  }

  // By 2pc and tcc the order is no branch.
  private static String atOrder(ProtocolResult result, @Nullable Double figure) {
    return result.of().preparesTheOrder() ? seconds(figure) : Figures.NONE;
  }

  void goals() {
    page.heading("Expected results");
    Table table = new Table("", "Protocol", "Goal", "This run", "");
    for (Goal goal : report.goals()) {
      table.row(
          Cell.head(goal.about()),
          Cell.of(goal.says()),
          Cell.of(goal.found()),
          Cell.styled(goal.met() ? "good" : "bad", goal.met() ? "met" : "missed"));
    }
    page.table(table);
  }

  private static String millis(@Nullable Double figure) {
    return Figures.rounded(figure) + (figure == null ? "" : " ms");
  }

  private static String seconds(@Nullable Double figure) {
    return figure == null ? Figures.NONE : Figures.of(figure, 1) + " s";
  }
}
