package dev.converge.lab.protocols;

import dev.converge.lab.protocols.ProtocolReport.Settings;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Measures the resources that an order needs. Each sample is some seconds without orders, then as
 * many with a fixed crowd. The audits, polls and heartbeats beside them, which are subtracted, are
 * then a small part.
 */
final class CostSamples {
  private static final int CLIENTS = 16;
  private static final int ROUNDS = 3;
  private static final Duration LENGTH = Duration.ofSeconds(2);
  private static final Duration QUICK_LENGTH = Duration.ofSeconds(1);
  private static final Duration ENDED_WITHIN = Duration.ofSeconds(15);

  private final ProtocolPlatform lab;
  private final OrderClient client;
  private final CommitProtocol protocol;
  private final Settings settings;
  private final EffectsReader reader;

  CostSamples(
      ProtocolPlatform lab, OrderClient client, CommitProtocol protocol, Settings settings) {
    this.lab = lab;
    this.client = client;
    this.protocol = protocol;
    this.settings = settings;
    this.reader = new EffectsReader(lab.platform());
  }

  /** The median of the samples; null if no order was answered with 2xx. */
  @Nullable OrderCosts run() throws InterruptedException, SQLException {
    List<OrderCosts> samples = new ArrayList<>();
    for (int round = 1; round <= ROUNDS; round++) {
      OrderCosts sample = sample(round);
      if (sample != null) {
        samples.add(sample);
      }
    }
    return samples.isEmpty() ? null : OrderCosts.median(samples);
  }

  private @Nullable OrderCosts sample(int round) throws InterruptedException, SQLException {
    Duration length = settings.quick() ? QUICK_LENGTH : LENGTH;
    Counters before = Counters.read(lab);
    Waiting.pause(length);
    Counters between = Counters.read(lab);
    long begin = System.nanoTime();
    OrderLoad load =
        OrderLoad.closed(client, new OrderSource(protocol, 0, settings.seed(200 + round)), CLIENTS);
    List<OrderAttempt> attempts = load.endAfter(length.toMillis());
    boolean unused = Waiting.until(ENDED_WITHIN, this::isQuiet);
    Counters loaded = Counters.read(lab).since(between);
    double times = (double) (System.nanoTime() - begin) / length.toNanos();
    int ok = (int) attempts.stream().filter(OrderAttempt::isOk).count();
    return ok == 0
        ? null
        : OrderCosts.of(
            loaded.beyond(between.since(before), times), ok, protocol == CommitProtocol.QUORUM);
  }

  private boolean isQuiet() throws SQLException {
    return reader.openSagas() == 0 && reader.inDoubt(protocol, "payment") == 0;
  }
}
