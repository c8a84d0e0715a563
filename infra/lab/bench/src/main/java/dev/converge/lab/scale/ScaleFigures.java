package dev.converge.lab.scale;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.converge.lab.report.Claim;
import dev.converge.lab.report.Figures;
import dev.converge.lab.report.Machine;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The gain and the cost of more slots and more instances. Pure. */
record ScaleFigures(
    Settings settings,
    Machine machine,
    List<Slots> slots,
    List<Instances> instances,
    List<Rebalance> rebalances) {
  /** On a machine without a free processor more processes cannot bring more, only cost a little. */
  private static final double KEEPS = 0.7;

  /** Of an equal share of the rows: the hashes of some thousand keys are not exactly even. */
  private static final double MOST_OF_A_SHARE = 1.2;

  /** An event of Kafka takes some tens of milliseconds, a read that is repeated up to 1,000. */
  private static final long MOST_LONGER_MILLIS = 100;

  /** A killed member is missed after its session of 6 s; the group rebalances in seconds. */
  private static final long GAP_MILLIS = 15_000;

  ScaleFigures {
    slots = List.copyOf(slots);
    instances = List.copyOf(instances);
    rebalances = List.copyOf(rebalances);
  }

  /**
   * The run.
   *
   * @param counts of slots, and of instances of each service
   * @param rows that are drained with each number of slots
   * @param loadMillis of each number of instances
   * @param rebalanceMillis before a change of the group, and after it
   */
  record Settings(
      long seed, List<Integer> counts, int rows, long loadMillis, long rebalanceMillis) {}

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

    /** The rows of the connector that has sent most, over an equal share. */
    double mostOfAShare() {
      long most = perConnector.stream().mapToLong(Long::longValue).max().orElse(0);
      return (double) most * slots / Math.max(1, rows);
    }
  }

  /**
   * Some instances of order-service, and as many of inventory-service and payment-service.
   *
   * @param endedPerSecond orders that ended
   * @param sums of the databases afterwards
   * @param waitMillis the median from POST to the end, of clients that wait for it; null for none
   */
  record Instances(
      int instances,
      double acceptedPerSecond,
      double endedPerSecond,
      long accepted,
      Sums sums,
      Map<String, Double> cores,
      @Nullable Double waitMillis) {
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

    String says() {
      return isExact()
          ? Figures.count(orders) + " orders, exact"
          : String.format(
              Locale.ROOT,
              "%,d orders, %,d pending; charged %,d and %,d; shipped %,d and %,d",
              orders,
              pending,
              charged.ofOrders(),
              charged.ofParticipant(),
              shipped.ofOrders(),
              shipped.ofParticipant());
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

  /** The statements of the page, and whether these figures show them. */
  @JsonProperty
  List<Claim> claims() {
    List<Claim> claims = new ArrayList<>();
    rows(claims);
    shares(claims);
    kept(claims, "slots", slots, Slots::slots, Slots::rowsPerSecond);
    sums(claims);
    kept(claims, "instances", instances, Instances::instances, Instances::endedPerSecond);
    waits(claims);
    gaps(claims);
    return List.copyOf(claims);
  }

  private void rows(List<Claim> claims) {
    long rows = slots.stream().mapToLong(Slots::rows).sum();
    long lost = slots.stream().mapToLong(Slots::lost).sum();
    long doubled = slots.stream().mapToLong(Slots::doubled).sum();
    long outOfOrder = slots.stream().mapToLong(Slots::outOfOrder).sum();
    claims.add(
        new Claim(
            "with each number of slots every row arrives once, and those of a key in their order",
            String.format(
                Locale.ROOT,
                "%,d rows: %,d lost, %,d doubled, %,d out of order",
                rows,
                lost,
                doubled,
                outOfOrder),
            rows > 0 && lost + doubled + outOfOrder == 0));
  }

  private void shares(List<Claim> claims) {
    List<Slots> several = slots.stream().filter(each -> each.slots() > 1).toList();
    if (!several.isEmpty()) {
      claims.add(
          new Claim(
              "the hash divides the rows: no connector sends more than "
                  + Figures.of(MOST_OF_A_SHARE, 1)
                  + " of an equal share",
              each(several, Slots::slots, each -> Figures.of(each.mostOfAShare(), 2)),
              several.stream().allMatch(each -> each.mostOfAShare() <= MOST_OF_A_SHARE)));
    }
  }

  private static <T> void kept(
      List<Claim> claims,
      String what,
      List<T> all,
      Function<T, Integer> count,
      ToDoubleFunction<T> rate) {
    if (all.size() > 1) {
      double one = rate.applyAsDouble(all.get(0));
      List<T> more = all.subList(1, all.size());
      claims.add(
          new Claim(
              "more "
                  + what
                  + " keep at least "
                  + Figures.of(KEEPS, 1)
                  + " of the rate of one, also where no processor is free",
              each(more, count, each -> ofOne(rate.applyAsDouble(each), one)),
              one > 0 && more.stream().allMatch(each -> rate.applyAsDouble(each) >= KEEPS * one)));
    }
  }

  private void sums(List<Claim> claims) {
    claims.add(
        new Claim(
            "with each number of instances all orders end, and orders, money and stock agree",
            each(instances, Instances::instances, each -> each.sums().says()),
            !instances.isEmpty() && instances.stream().allMatch(each -> each.sums().isExact())));
  }

  private void waits(List<Claim> claims) {
    if (instances.size() > 1) {
      Double one = instances.get(0).waitMillis();
      claims.add(
          new Claim(
              "a client that waits for the end has it as soon if another instance handles the reply:"
                  + " the median is within "
                  + MOST_LONGER_MILLIS
                  + " ms of that with one instance",
              each(instances, Instances::instances, each -> millis(each.waitMillis())),
              instances.stream().allMatch(each -> isWithin(each.waitMillis(), one))));
    }
  }

  private static boolean isWithin(@Nullable Double millis, @Nullable Double one) {
    return millis != null && one != null && millis <= one + MOST_LONGER_MILLIS;
  }

  private void gaps(List<Claim> claims) {
    if (!rebalances.isEmpty()) {
      claims.add(
          new Claim(
              "while an instance joins, leaves or is killed, orders go on to end: no gap is longer"
                  + " than "
                  + GAP_MILLIS / 1_000
                  + " s",
              rebalances.stream()
                  .map(each -> each.change() + ": " + seconds(each.gapMillis()))
                  .collect(Collectors.joining(", ")),
              rebalances.stream().allMatch(each -> each.gapMillis() <= GAP_MILLIS)));
    }
  }

  private static <T> String each(
      List<T> all, Function<T, Integer> count, Function<T, String> figure) {
    return all.stream()
        .sorted(Comparator.comparing(count))
        .map(each -> count.apply(each) + ": " + figure.apply(each))
        .collect(Collectors.joining("; "));
  }

  /** A rate over that of one. */
  static String ofOne(double rate, double one) {
    return Figures.of(Figures.ratio(rate, one), 2) + " ×";
  }

  static String millis(@Nullable Double millis) {
    return millis == null ? Figures.NONE : Figures.rounded(millis) + " ms";
  }

  static String seconds(long millis) {
    return Figures.of(millis / 1e3, 1) + " s";
  }
}
