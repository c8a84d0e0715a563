package dev.converge.lab.protocols;

import dev.converge.lab.protocols.ProtocolReport.Settings;
import dev.converge.lab.protocols.ProtocolResult.ThroughputPoint;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** Measures how many orders a second a protocol completes without faults, with a fixed crowd. */
final class ThroughputSearch {
  private static final int CLIENTS = 16;
  private static final long STEP_MILLIS = 1_500;
  private static final int ROUNDS = 3;
  private static final long QUICK_STEP_MILLIS = 1_000;
  private static final Duration ENDED_WITHIN = Duration.ofSeconds(15);

  private final ProtocolPlatform lab;
  private final OrderClient client;
  private final CommitProtocol protocol;
  private final Settings settings;
  private final EffectsReader reader;
  private int steps;

  ThroughputSearch(
      ProtocolPlatform lab, OrderClient client, CommitProtocol protocol, Settings settings) {
    this.lab = lab;
    this.client = client;
    this.protocol = protocol;
    this.settings = settings;
    this.reader = new EffectsReader(lab.platform());
  }

  /**
   * The results.
   *
   * @param contention with more and more orders for the same item
   * @param delay with a longer and longer delay between the processes, and few orders for the same
   *     item; the first point is that of the contention
   */
  record Throughput(List<ThroughputPoint> contention, List<ThroughputPoint> delay) {}

  /** A share of orders for the hot item, under a delay. */
  private record Condition(double hotShare, long delayMillis) {}

  /**
   * Measures each condition several times, in rounds, and takes the median: what the machine does
   * beside a sample differs from round to round.
   */
  Throughput run() throws InterruptedException, SQLException {
    // Not counted: the faults have restarted some processes, which are slower at first.
    ThroughputPoint unused = step(0);
    List<Double> shares = settings.quick() ? List.of(0.0, 1.0) : List.of(0.0, 0.1, 0.5, 1.0);
    List<Long> delays = settings.quick() ? List.of(20L) : List.of(1L, 5L, 20L);
    Map<Condition, List<ThroughputPoint>> samples = new HashMap<>();
    for (int round = 0; round < (settings.quick() ? 1 : ROUNDS); round++) {
      for (double share : shares) {
        sample(samples, new Condition(share, 0));
      }
      try {
        for (long millis : delays) {
          lab.delayAll(millis);
          sample(samples, new Condition(0, millis));
        }
      } finally {
        lab.delayAll(0);
      }
    }
    List<ThroughputPoint> delayed = new ArrayList<>();
    delayed.add(median(samples, new Condition(0, 0)));
    for (long millis : delays) {
      delayed.add(median(samples, new Condition(0, millis)).at((double) millis));
    }
    return new Throughput(
        shares.stream().map(share -> median(samples, new Condition(share, 0))).toList(), delayed);
  }

  private void sample(Map<Condition, List<ThroughputPoint>> samples, Condition condition)
      throws InterruptedException, SQLException {
    samples.computeIfAbsent(condition, first -> new ArrayList<>()).add(step(condition.hotShare()));
  }

  private static ThroughputPoint median(
      Map<Condition, List<ThroughputPoint>> samples, Condition condition) {
    return ThroughputPoint.median(samples.getOrDefault(condition, List.of()));
  }

  private ThroughputPoint step(double hotShare) throws InterruptedException, SQLException {
    steps++;
    long seed = settings.seed(100 + steps);
    long millis = settings.quick() ? QUICK_STEP_MILLIS : STEP_MILLIS;
    OrderLoad load = OrderLoad.closed(client, new OrderSource(protocol, hotShare, seed), CLIENTS);
    List<OrderAttempt> attempts = load.endAfter(millis);
    boolean unused =
        Waiting.until(
            ENDED_WITHIN,
            () -> reader.openSagas() == 0 && reader.inDoubt(protocol, "payment") == 0);
    long first = load.beginMicros();
    int completed = 0;
    long last = first;
    for (OrderEffects order : reader.orders(protocol).values()) {
      Long at = order.lastMicros();
      if (at != null && at >= first) {
        completed++;
        last = Math.max(last, at);
      }
    }
    double seconds = Math.max(millis / 1e3, (last - first) / 1e6);
    List<Double> holds = holds(first, first + (long) (seconds * 1e6), hotShare);
    OptionalDouble mean = holds.stream().mapToDouble(Double::doubleValue).average();
    Double bound = hotShare == 0 ? null : LockHolds.bound(holds, completed);
    double perSecond = Quantiles.rounded(completed / seconds);
    return new ThroughputPoint(
        hotShare,
        attempts.size(),
        completed,
        perSecond,
        List.of(perSecond),
        mean.isPresent() ? (Double) Quantiles.rounded(mean.getAsDouble()) : null,
        bound == null ? null : (Double) Quantiles.rounded(bound));
  }

  /** The holds of the hot item, or of every item, that ended in this step. */
  private List<Double> holds(long sinceMicros, long untilMicros, double hotShare)
      throws SQLException {
    List<LockHolds.Branch> branches =
        reader.committedBranches(protocol, sinceMicros, untilMicros).stream()
            .filter(branch -> branch.commitMicros() <= untilMicros)
            .toList();
    return LockHolds.byItem(branches).entrySet().stream()
        .filter(of -> hotShare == 0 || of.getKey().equals(OrderSource.hotItem(protocol)))
        .flatMap(of -> of.getValue().stream())
        .toList();
  }
}
