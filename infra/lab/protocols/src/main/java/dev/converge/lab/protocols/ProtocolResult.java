package dev.converge.lab.protocols;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.converge.lab.schedule.FaultKind;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The measurements of one protocol.
 *
 * @param promises in words
 * @param undisturbed the time before the first fault
 * @param requestsRepeated orders that were sent a second time, to the other instance
 * @param outage while no order service runs; null if that was not measured
 * @param window the inconsistency window of whole orders, in milliseconds
 * @param windowPoints its distribution: milliseconds, and the share of orders up to there
 * @param contention throughput by the share of orders for one hot item
 * @param delay throughput by the one-way delay between the processes
 */
record ProtocolResult(
    String protocol,
    String promises,
    Undisturbed undisturbed,
    List<ClientSecond> seconds,
    int requestsRepeated,
    List<FaultResult> faults,
    InDoubtSeries inDoubt,
    @Nullable OrderServiceOutage outage,
    Quantiles window,
    List<SharePoint> windowPoints,
    FracturedReads.Count fractured,
    FinalState finalState,
    List<ThroughputPoint> contention,
    List<ThroughputPoint> delay,
    Sequences sequences) {
  /**
   * Latency and costs before the first fault.
   *
   * @param answer POST to its answer, in milliseconds from when it was meant to be sent
   * @param lockHold for which prepared transactions kept others from the row of their item; without
   *     figures for a protocol that prepares none
   * @param costs of one order; null if none was answered with 2xx
   */
  record Undisturbed(
      double seconds,
      int orders,
      int ok,
      Quantiles answer,
      Quantiles lockHold,
      @Nullable OrderCosts costs) {}

  /**
   * The messages of one order.
   *
   * @param undisturbed without any fault
   * @param underCut while payment is cut off from both others after its vote
   */
  record Sequences(MessageSequence undisturbed, MessageSequence underCut) {}

  /** A share of orders that have at most this many milliseconds. */
  record SharePoint(double millis, double share) {}

  /**
   * A step of a search for throughput: that of its samples with the median throughput.
   *
   * @param x share of orders for the hot item, or milliseconds of delay
   * @param completedPerSecond orders complete over the time until the last of them was
   * @param samplesPerSecond the same of each sample, the least first
   * @param lockHoldMillis mean time for which an order kept others from the hot item, or from its
   *     own if the share is 0; null for a protocol that prepares no transactions
   * @param boundPerSecond the most orders a second that the locks of the hot item allowed, with the
   *     share of completed orders that were for it; null if the share is 0, too
   */
  record ThroughputPoint(
      double x,
      int sent,
      int completed,
      double completedPerSecond,
      List<Double> samplesPerSecond,
      @Nullable Double lockHoldMillis,
      @Nullable Double boundPerSecond) {
    ThroughputPoint {
      samplesPerSecond = List.copyOf(samplesPerSecond);
    }

    /** The median of samples of the same step. */
    static ThroughputPoint median(List<ThroughputPoint> samples) {
      List<ThroughputPoint> sorted =
          samples.stream()
              .sorted(Comparator.comparingDouble(ThroughputPoint::completedPerSecond))
              .toList();
      ThroughputPoint median = sorted.get(sorted.size() / 2);
      return new ThroughputPoint(
          median.x,
          median.sent,
          median.completed,
          median.completedPerSecond,
          sorted.stream().map(ThroughputPoint::completedPerSecond).toList(),
          median.lockHoldMillis,
          median.boundPerSecond);
    }

    ThroughputPoint at(double otherX) {
      return new ThroughputPoint(
          otherX,
          sent,
          completed,
          completedPerSecond,
          samplesPerSecond,
          lockHoldMillis,
          boundPerSecond);
    }
  }

  CommitProtocol of() {
    return CommitProtocol.of(protocol);
  }

  /** Seconds in which fewer than half of the orders were answered 2xx. */
  @JsonProperty
  int unavailableSeconds() {
    return (int) seconds.stream().filter(ClientSecond::isDown).count();
  }

  /** The branches of an order that can be in doubt. */
  @JsonProperty
  int branches() {
    return of().branches();
  }

  /**
   * The time that the branches of all orders were in doubt, for one branch of each: the sum over
   * two branches and one over three cannot be compared.
   */
  @JsonProperty
  double inDoubtSecondsPerBranch() {
    return branches() == 0 ? 0 : Quantiles.rounded(inDoubt.branchSeconds() / branches());
  }

  /** Orders that were sent. */
  @JsonProperty
  int offered() {
    return seconds.stream().mapToInt(ClientSecond::offered).sum();
  }

  /** Orders that were answered 2xx. */
  @JsonProperty
  int ok() {
    return seconds.stream().mapToInt(ClientSecond::ok).sum();
  }

  /** The fault of a name; null if it was not planned. */
  @Nullable FaultResult fault(FaultKind kind) {
    return faults.stream().filter(f -> f.fault().equals(kind.id())).findFirst().orElse(null);
  }
}
