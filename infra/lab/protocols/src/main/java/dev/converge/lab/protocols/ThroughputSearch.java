package dev.converge.lab.protocols;

import dev.converge.lab.protocols.ProtocolReport.Settings;
import dev.converge.lab.protocols.ProtocolResult.ThroughputPoint;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Measures how many orders a second a protocol completes without faults, with a fixed crowd. */
final class ThroughputSearch {
  private static final int CLIENTS = 16;
  private static final long STEP_MILLIS = 2_500;
  private static final long QUICK_STEP_MILLIS = 1_000;
  private static final long LONGEST_STEP_MICROS = 3_600_000_000L;
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

  /** With more and more orders for the same item. */
  List<ThroughputPoint> overContention() throws InterruptedException, SQLException {
    // Not counted: the faults have restarted some processes, which are slower at first.
    ThroughputPoint unused = step(0, 0);
    List<ThroughputPoint> points = new ArrayList<>();
    for (double share : settings.quick() ? List.of(0.0, 1.0) : List.of(0.0, 0.1, 0.5, 1.0)) {
      points.add(step(share, share));
    }
    return points;
  }

  /**
   * With a longer and longer delay between the processes, and few orders for the same item.
   *
   * @param undelayed the point without a delay: it is the first one over contention, too
   */
  List<ThroughputPoint> overDelay(ThroughputPoint undelayed)
      throws InterruptedException, SQLException {
    List<ThroughputPoint> points = new ArrayList<>(List.of(undelayed));
    try {
      for (long millis : settings.quick() ? List.of(20L) : List.of(1L, 5L, 20L)) {
        lab.delayAll(millis);
        points.add(step((double) millis, 0));
      }
    } finally {
      lab.delayAll(0);
    }
    return points;
  }

  private ThroughputPoint step(double x, double hotShare)
      throws InterruptedException, SQLException {
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
    return new ThroughputPoint(
        x,
        attempts.size(),
        completed,
        Quantiles.rounded(completed / seconds),
        lockHold(first, hotShare));
  }

  // The mean, so that 1/mean bounds the orders for one item in this step.
  private @Nullable Double lockHold(long sinceMicros, double hotShare) throws SQLException {
    Map<String, List<Double>> holds =
        LockHolds.byItem(
            reader.committedBranches(protocol, sinceMicros, sinceMicros + LONGEST_STEP_MICROS));
    OptionalDouble mean =
        holds.entrySet().stream()
            .filter(of -> hotShare == 0 || of.getKey().equals(OrderSource.hotItem(protocol)))
            .flatMapToDouble(of -> of.getValue().stream().mapToDouble(Double::doubleValue))
            .average();
    return mean.isPresent() ? (Double) Quantiles.rounded(mean.getAsDouble()) : null;
  }
}
