package dev.converge.lab.scale;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The figures of a run.
 *
 * @param processors of the machine
 * @param goals met or not
 */
record ScaleResult(
    int processors,
    List<Slots> slots,
    List<Instances> instances,
    List<Rebalance> rebalances,
    List<Goal> goals) {
  ScaleResult {
    slots = List.copyOf(slots);
    instances = List.copyOf(instances);
    rebalances = List.copyOf(rebalances);
    goals = List.copyOf(goals);
  }

  /** With the goals of its figures. */
  ScaleResult withGoals() {
    return new ScaleResult(
        processors, slots, instances, rebalances, ScaleGoals.of(slots, instances, rebalances));
  }

  boolean allMet() {
    return goals.stream().allMatch(Goal::met);
  }

  /** A goal, as ratios or counts within one run. */
  record Goal(String goal, String found, boolean met) {}

  /** Use of processors by a process, in cores. */
  record Core(String process, double cores) {
    /** The process that uses most. */
    static Core most(Map<String, Double> cores) {
      return cores.entrySet().stream()
          .max(Map.Entry.comparingByValue())
          .map(most -> new Core(most.getKey(), most.getValue()))
          .orElse(new Core("none", 0));
    }
  }

  /**
   * One outbox, drained by some connectors, each by a slot of its own.
   *
   * @param rows appended
   * @param lost rows that did not arrive
   * @param doubled records beyond the first of a row
   * @param outOfOrder records that came after a later one of their key
   * @param perConnector rows that each connector has sent
   * @param cores used by each process meanwhile
   */
  record Slots(
      int slots,
      int rows,
      double rowsPerSecond,
      long lost,
      long doubled,
      long outOfOrder,
      List<Long> perConnector,
      Map<String, Double> cores) {
    Core wall() {
      return Core.most(cores);
    }
  }

  /**
   * Some instances of order-service, and as many of inventory-service and payment-service.
   *
   * @param endedPerSecond orders that ended
   * @param sums of the databases afterwards
   */
  record Instances(
      int instances,
      double acceptedPerSecond,
      double endedPerSecond,
      long accepted,
      Sums sums,
      Map<String, Double> cores) {
    Core wall() {
      return Core.most(cores);
    }
  }

  /**
   * Whether the databases agree once every order has ended.
   *
   * @param orders in order-db
   * @param pending orders that have not ended in time
   * @param charged the money of completed orders, and of charged payments
   * @param shipped the units of completed orders, and of stock
   */
  record Sums(long orders, long pending, Pair charged, Pair shipped) {
    boolean isExact() {
      return pending == 0 && charged.isEqual() && shipped.isEqual();
    }
  }

  /** The same quantity as two databases have it. */
  record Pair(long ofOrders, long ofParticipant) {
    boolean isEqual() {
      return ofOrders == ofParticipant;
    }
  }

  /**
   * A change of the group of order-service under load.
   *
   * @param change what happened
   * @param gapMillis the longest time between the ends of two orders
   * @param usualGapMillis the same in an equally long time before
   * @param slowestMillis the longest time from the placing of an order to its end
   */
  record Rebalance(String change, long gapMillis, long usualGapMillis, long slowestMillis) {}

  /** Every process that used most in some measurement, without repetition. */
  List<String> walls() {
    return Stream.concat(slots.stream().map(Slots::wall), instances.stream().map(Instances::wall))
        .map(Core::process)
        .distinct()
        .toList();
  }
}
