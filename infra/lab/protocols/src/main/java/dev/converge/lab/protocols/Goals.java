package dev.converge.lab.protocols;

import dev.converge.lab.protocols.FinalState.Sums;
import dev.converge.lab.protocols.ProtocolResult.ThroughputPoint;
import dev.converge.lab.report.Figures;
import dev.converge.lab.schedule.FaultKind;
import dev.converge.lab.schedule.FaultPlan;
import java.util.ArrayList;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Derives the goals of a run from its figures. Pure. */
final class Goals {
  /** How long a participant waits before it acts on a branch in doubt. */
  private static final double IN_DOUBT_SECONDS = 2;

  /** The same, plus two of its rounds. */
  private static final double IN_DOUBT_BOUND_SECONDS = IN_DOUBT_SECONDS + 1.5;

  private static final double SAGA_OK = 0.99;

  /** A lock of a transaction that is not in doubt is released by then. */
  private static final double FREE_SECONDS = 1;

  /** Within this of its offset, a fault is at the same time for each protocol. */
  private static final double ON_TIME_SECONDS = 2;

  private static final String RUN = "this run";

  /** Below this hold the age in doubt shows nothing: participants have hardly begun to ask. */
  private static final double LEAST_HOLD_SECONDS = 3;

  private final List<Goal> goals = new ArrayList<>();

  private Goals() {}

  static List<Goal> of(FaultPlan plan, double ordersPerSecond, List<ProtocolResult> protocols) {
    Goals goals = new Goals();
    if (!protocols.isEmpty()) {
      goals.schedule(OrderLoad.offered(ordersPerSecond, plan.lengthMillis()), protocols);
    }
    protocols.forEach(goals::all);
    return List.copyOf(goals.goals);
  }

  private void all(ProtocolResult result) {
    injected(result);
    finalState(result);
    divergence(result);
    switch (result.of()) {
      case SAGA -> saga(result);
      case TWO_PHASE -> twoPhase(result);
      case QUORUM, THREE_PHASE, THREE_PHASE_TERMINATION -> bounded(result);
      case TCC, DUAL_WRITE, DUAL_WRITE_CALL_FIRST -> {
        // Their promises are checked above.
      }
    }
    outage(result);
    underCut(result);
    windows(result);
  }

  private void underCut(ProtocolResult result) {
    MessageSequence sequence = result.sequences().underCut();
    boolean mustDiverge = result.of() == CommitProtocol.THREE_PHASE;
    goal(
        result,
        "the order under the cut is cut off at its decision"
            + (mustDiverge ? ", and diverges" : ""),
        (sequence.isCut() ? "cut off; " : "not cut off; ")
            + sequence.answer()
            + "; "
            + sequence.outcome(),
        sequence.isCut() && (!mustDiverge || sequence.outcome().contains("diverges")));
  }

  private void schedule(long planned, List<ProtocolResult> protocols) {
    double most = 0;
    String latest = "";
    for (ProtocolResult result : protocols) {
      for (FaultResult fault : result.faults()) {
        if (fault.offBySeconds() > most) {
          most = fault.offBySeconds();
          latest = " (" + fault.fault() + " of " + result.protocol() + ")";
        }
      }
    }
    IntSummaryStatistics offered =
        protocols.stream().mapToInt(ProtocolResult::offered).summaryStatistics();
    boolean met =
        most <= ON_TIME_SECONDS && offered.getMin() == planned && offered.getMax() == planned;
    String found =
        format(
            "at most %.1f s off%s; %,d to %,d orders offered",
            most, latest, offered.getMin(), offered.getMax());
    goals.add(
        new Goal(
            RUN,
            format(
                "every fault begins within %.0f s of its offset, and each protocol is offered %,d"
                    + " orders",
                ON_TIME_SECONDS, planned),
            met
                ? found
                : found
                    + ". The machine is too slow or too busy for this schedule, so the protocols"
                    + " cannot be compared: free it, or use a longer --minutes",
            met));
  }

  private void injected(ProtocolResult result) {
    List<String> missing =
        result.faults().stream()
            .filter(fault -> fault.notInjected() != null)
            .map(fault -> fault.fault() + ": " + fault.notInjected())
            .toList();
    goal(
        result,
        "every planned fault is injected",
        missing.isEmpty() ? result.faults().size() + " faults" : String.join("; ", missing),
        missing.isEmpty());
  }

  private void finalState(ProtocolResult result) {
    FinalState rest = result.finalState();
    goal(
        result,
        "once quiescent, nothing is in doubt, in progress or prepared",
        rest.quiescentSeconds() == null
            ? "still in progress: " + String.join("; ", rest.inProgress())
            : format(
                "%d in doubt; quiescent after %.1f s", rest.inDoubt(), rest.quiescentSeconds()),
        rest.quiescentSeconds() != null && rest.inDoubt() == 0);
  }

  private void divergence(ProtocolResult result) {
    FinalState rest = result.finalState();
    String found = divergent(rest);
    switch (result.of().promise()) {
      case EXACT -> {
        goal(
            result,
            "once quiescent, no order diverges, and no answer is broken",
            found + format(", %d broken answers", rest.brokenAnswers()),
            rest.divergentOrders() == 0 && rest.brokenAnswers() == 0);
        goal(result, "stock and money are exact", sums(rest.sums()), rest.sums().isExact());
        goal(
            result,
            "the checker finds nothing in the databases",
            rest.findings().isEmpty() ? "nothing" : String.join("; ", rest.findings()),
            rest.findings().isEmpty());
      }
      case NONE -> control(result);
      case BOUNDED_WAIT -> {
        // With termination the outcome depends on which participants reach each other.
        FaultResult cut = result.fault(FaultKind.PARTITION);
        if (result.of() == CommitProtocol.THREE_PHASE && cut != null) {
          goal(
              result,
              "orders in flight during the partition diverge",
              divergent(cut) + "; in the whole run, " + found,
              cut.divergentOrders() > 0);
        }
      }
    }
  }

  private void control(ProtocolResult result) {
    List<FaultResult> breaking =
        result.faults().stream()
            .filter(fault -> FaultKind.BREAK_DUAL_WRITE.contains(FaultKind.of(fault.fault())))
            .toList();
    if (breaking.isEmpty()) {
      goal(
          result,
          "orders diverge: otherwise the schedule is too weak",
          divergent(result.finalState())
              + "; these faults break it each time: "
              + ids(FaultKind.BREAK_DUAL_WRITE),
          result.finalState().divergentOrders() > 0);
      return;
    }
    goal(
        result,
        "orders diverge during each fault that breaks it",
        breaking.stream().map(Goals::divergent).collect(Collectors.joining(", ")),
        breaking.stream().allMatch(fault -> fault.divergentOrders() > 0));
  }

  private static String ids(Set<FaultKind> kinds) {
    return kinds.stream().map(FaultKind::id).collect(Collectors.joining(", "));
  }

  private static String divergent(FaultResult fault) {
    return Figures.count(fault.divergentOrders()) + " in " + fault.fault();
  }

  static String divergent(FinalState rest) {
    if (rest.divergentOrders() == 0) {
      return "0 of " + Figures.count(rest.orders()) + " diverge";
    }
    List<String> kinds = new ArrayList<>();
    rest.divergent().forEach((kind, count) -> kinds.add(count + " " + kind.says()));
    return format(
        "%s of %s diverge (%s)",
        Figures.count(rest.divergentOrders()),
        Figures.count(rest.orders()),
        String.join(", ", kinds));
  }

  private static String sums(Sums sums) {
    return format(
        "%,d units shipped, %,d ordered, %,d reserved; %,d of money left wallets, %,d owed, %,d held",
        sums.shipped(),
        sums.ordered(),
        sums.reserved(),
        sums.deposited() - sums.balance(),
        sums.owed(),
        sums.held());
  }

  private void saga(ProtocolResult result) {
    for (FaultResult fault : result.faults()) {
      goal(
          result,
          "answers 99 % with 2xx during " + fault.fault(),
          percent(fault.okShare()),
          fault.okShare() != null && fault.okShare() >= SAGA_OK);
    }
    for (FaultKind kind : List.of(FaultKind.PARTITION, FaultKind.ANSWERS_LOST)) {
      messagesWaited(result, kind);
    }
    goal(
        result,
        "is never in doubt",
        format("%.1f branch seconds", result.inDoubt().branchSeconds()),
        result.inDoubt().branchSeconds() == 0);
  }

  // Otherwise the fault has not touched its messages, and its answers prove nothing.
  private void messagesWaited(ProtocolResult result, FaultKind kind) {
    FaultResult fault = result.fault(kind);
    if (fault == null) {
      return;
    }
    Double last = fault.consistentSeconds();
    goal(
        result,
        "no order that is placed during "
            + kind.id()
            + " completes before its end, but all do then",
        format("%,d of %,d complete meanwhile, ", fault.completedMeanwhile(), fault.orders())
            + (last == null ? "some diverge" : format("the last effect is %.1f s after it", last)),
        last != null && last > 0 && fault.orders() > 0 && fault.completedMeanwhile() == 0);
  }

  private void twoPhase(ProtocolResult result) {
    FaultResult killed = result.fault(FaultKind.COORDINATOR_KILLED);
    if (killed == null) {
      return;
    }
    double held = killed.healedSeconds() - killed.atSeconds();
    if (held >= LEAST_HOLD_SECONDS) {
      goal(
          result,
          "branches stay in doubt for as long as the coordinator is down",
          format("oldest %.1f s, down for %.1f s", killed.oldestInDoubtSeconds(), held),
          killed.oldestInDoubtSeconds() >= 0.9 * held);
    }
  }

  // In a partition the register may be unreachable; then waiting is what the quorum promises.
  private void bounded(ProtocolResult result) {
    FaultResult killed = result.fault(FaultKind.COORDINATOR_KILLED);
    if (killed != null) {
      goal(
          result,
          format(
              "branches are in doubt while only the coordinator is down, none for more than %.1f s",
              IN_DOUBT_BOUND_SECONDS),
          format(
              "oldest %.1f s in order-db, which the second instance ends, %.1f s elsewhere",
              killed.atOrderSeconds(), killed.elsewhereSeconds()),
          killed.oldestInDoubtSeconds() <= IN_DOUBT_BOUND_SECONDS
              && killed.elsewhereSeconds() >= IN_DOUBT_SECONDS);
    }
  }

  private void outage(ProtocolResult result) {
    OrderServiceOutage outage = result.outage();
    if (outage == null) {
      return;
    }
    double waits = 0.9 * outage.heldSeconds();
    String found =
        format(
            "oldest %.1f s in order-db, %.1f s elsewhere, down for %.1f s",
            outage.atOrderSeconds(), outage.elsewhereSeconds(), outage.heldSeconds());
    boolean ends = outage.clearSeconds() != null && outage.notInjected() == null;
    if (result.of().preparesTheOrder()) {
      goal(
          result,
          format(
              "while no order-service is up, the order's branch waits for one, and no other for more"
                  + " than %.1f s",
              IN_DOUBT_BOUND_SECONDS),
          outage.notInjected() == null ? found : outage.notInjected(),
          ends
              && outage.atOrderSeconds() >= waits
              && outage.elsewhereSeconds() <= IN_DOUBT_BOUND_SECONDS);
    } else {
      goal(
          result,
          "while no order-service is up, the branches wait for one",
          outage.notInjected() == null ? found : outage.notInjected(),
          ends && outage.elsewhereSeconds() >= waits);
    }
    hotRow(result, outage);
  }

  // A branch that is only tried holds no lock; nor does one that does not wait.
  private void hotRow(ProtocolResult result, OrderServiceOutage outage) {
    Double blocked = outage.hotRowBlockedSeconds();
    String found = blocked == null ? "never free" : format("blocked for %.1f s", blocked);
    if (result.of() == CommitProtocol.TWO_PHASE) {
      goal(
          result,
          "while no order-service is up, the row of the hot item is blocked",
          found,
          blocked != null && blocked >= 0.9 * outage.heldSeconds());
    } else {
      double most = result.of() == CommitProtocol.TCC ? FREE_SECONDS : IN_DOUBT_BOUND_SECONDS;
      goal(
          result,
          format(
              "while no order-service is up, the row of the hot item is blocked for %.1f s at most",
              most),
          found,
          blocked != null && blocked <= most);
    }
  }

  private void windows(ProtocolResult result) {
    boolean isCommit = result.of() == CommitProtocol.TWO_PHASE;
    Double median = result.window().p50();
    goal(
        result,
        isCommit
            ? "even atomic commit has a window of inconsistency, and reads are fractured"
            : "the inconsistency window and fractured reads are measured",
        format(
            "%,d windows, median %s ms; %,d of %,d reads fractured",
            result.window().count(),
            Figures.rounded(median),
            result.fractured().fractured(),
            result.fractured().reads()),
        result.window().count() > 0
            && result.fractured().reads() > 0
            && (!isCommit || (median != null && median > 0 && result.fractured().fractured() > 0)));
    Double peak =
        result.contention().stream()
            .map(ThroughputPoint::completedPerSecond)
            .max(Double::compare)
            .orElse(null);
    if (peak != null) {
      goal(
          result,
          "orders complete without faults",
          Figures.rounded(peak) + " orders/s at most",
          peak > 0);
    }
  }

  static String percent(@Nullable Double share) {
    return share == null ? Figures.NONE : Figures.of(share * 100, 1) + " %";
  }

  private void goal(ProtocolResult result, String says, String found, boolean met) {
    goals.add(new Goal(result.protocol(), says, found, met));
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
