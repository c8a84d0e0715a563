package dev.converge.lab.protocols;

import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The resources that one order needs, beyond those of a platform without orders.
 *
 * @param commits of all databases
 * @param logBytes written by all databases
 * @param forcedWrites flushes of the databases' logs to disk; commits at the same time share one
 * @param quorumMessages between ZooKeeper's nodes, and to them; null for a protocol that does not
 *     use it, as the next one
 * @param quorumForcedWrites flushes of its nodes' logs
 * @param cpuMillis of all processes
 */
record OrderCosts(
    double commits,
    double logBytes,
    double forcedWrites,
    @Nullable Double quorumMessages,
    @Nullable Double quorumForcedWrites,
    double cpuMillis) {

  /**
   * Divides counters by orders.
   *
   * @param orders one or more
   */
  static OrderCosts of(Counters counters, int orders, boolean usesQuorum) {
    return new OrderCosts(
        per((double) counters.commits(), orders),
        per((double) counters.logBytes(), orders),
        per((double) counters.forcedWrites(), orders),
        usesQuorum ? (Double) per((double) counters.quorum().messages(), orders) : null,
        usesQuorum ? (Double) per((double) counters.quorum().forcedWrites(), orders) : null,
        per(counters.cpuMillis(), orders));
  }

  /** The median of each resource: a checkpoint or an audit may fall into one of the samples. */
  static OrderCosts median(List<OrderCosts> samples) {
    return new OrderCosts(
        median(samples, OrderCosts::commits),
        median(samples, OrderCosts::logBytes),
        median(samples, OrderCosts::forcedWrites),
        median(samples.stream().map(OrderCosts::quorumMessages)),
        median(samples.stream().map(OrderCosts::quorumForcedWrites)),
        median(samples, OrderCosts::cpuMillis));
  }

  private static double per(double amount, int orders) {
    return Quantiles.rounded(amount / orders);
  }

  private static double median(List<OrderCosts> samples, ToDoubleFunction<OrderCosts> resource) {
    return Quantiles.at(samples.stream().mapToDouble(resource).sorted().boxed().toList(), 0.5);
  }

  private static @Nullable Double median(Stream<@Nullable Double> amounts) {
    List<Double> sorted =
        amounts.flatMap(Stream::ofNullable).sorted(Comparator.naturalOrder()).toList();
    return sorted.isEmpty() ? null : (Double) Quantiles.at(sorted, 0.5);
  }
}
