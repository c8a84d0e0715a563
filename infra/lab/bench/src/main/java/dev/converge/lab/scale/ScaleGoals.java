package dev.converge.lab.scale;

import dev.converge.lab.scale.ScaleResult.Goal;
import dev.converge.lab.scale.ScaleResult.Instances;
import dev.converge.lab.scale.ScaleResult.Rebalance;
import dev.converge.lab.scale.ScaleResult.Slots;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Derives the goals of a run from its figures: exact counts, and ratios within the run. Pure. */
final class ScaleGoals {
  /** On a machine without a free processor more processes cannot bring more, only cost a little. */
  private static final double KEEPS = 0.7;

  private static final double MOST_OF_ONE = 0.6;

  /** A killed member is missed after its session of 6 s; the group rebalances in seconds. */
  private static final long GAP_MILLIS = 15_000;

  private final List<Goal> goals = new ArrayList<>();

  private ScaleGoals() {}

  static List<Goal> of(List<Slots> slots, List<Instances> instances, List<Rebalance> rebalances) {
    ScaleGoals goals = new ScaleGoals();
    slots.forEach(each -> goals.slots(slots.get(0), each));
    instances.forEach(each -> goals.instances(instances.get(0), each));
    rebalances.forEach(goals::rebalance);
    return List.copyOf(goals.goals);
  }

  private void slots(Slots one, Slots each) {
    add(
        format("%d slots: every row arrives once, in the order of its key", each.slots()),
        format(
            "%,d rows: %d lost, %d doubled, %d out of order",
            each.rows(), each.lost(), each.doubled(), each.outOfOrder()),
        each.lost() + each.doubled() + each.outOfOrder() == 0);
    if (each.slots() == one.slots()) {
      return;
    }
    double ratio = each.rowsPerSecond() / one.rowsPerSecond();
    add(
        format("%d slots: at least %.1f of the rows per second of one slot", each.slots(), KEEPS),
        format("%.2f", ratio),
        ratio >= KEEPS);
    long most = each.perConnector().stream().mapToLong(Long::longValue).max().orElse(0);
    double share = (double) most / Math.max(1, each.rows());
    add(
        format(
            "%d slots: no connector sends more than %.1f of the rows", each.slots(), MOST_OF_ONE),
        format("%.2f", share),
        share <= MOST_OF_ONE);
  }

  private void instances(Instances one, Instances each) {
    add(
        format("%d instances: once quiescent, the sums agree", each.instances()),
        format(
            "%,d orders, %d pending; charged %,d and %,d; shipped %,d and %,d",
            each.sums().orders(),
            each.sums().pending(),
            each.sums().charged().ofOrders(),
            each.sums().charged().ofParticipant(),
            each.sums().shipped().ofOrders(),
            each.sums().shipped().ofParticipant()),
        each.sums().isExact());
    if (each.instances() == one.instances()) {
      return;
    }
    double ratio = each.endedPerSecond() / one.endedPerSecond();
    add(
        format(
            "%d instances: at least %.1f of the orders per second of one instance",
            each.instances(), KEEPS),
        format("%.2f", ratio),
        ratio >= KEEPS);
  }

  private void rebalance(Rebalance change) {
    add(
        format("%s: orders end again within %d s", change.change(), GAP_MILLIS / 1_000),
        format("%.1f s, before %.1f s", change.gapMillis() / 1e3, change.usualGapMillis() / 1e3),
        change.gapMillis() <= GAP_MILLIS);
  }

  private void add(String goal, String found, boolean met) {
    goals.add(new Goal(goal, found, met));
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
