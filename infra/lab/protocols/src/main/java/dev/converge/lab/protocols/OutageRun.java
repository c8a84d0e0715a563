package dev.converge.lab.protocols;

import dev.converge.lab.links.LinkProxy;
import dev.converge.lab.protocols.ProtocolReport.Settings;
import dev.converge.lab.schedule.SlowLink;
import dev.converge.platform.Part;
import dev.converge.platform.Topology;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Kills every instance of the order service while orders are between their votes and their
 * decision. It is no fault of the plan, because nothing answers a client then, by any protocol.
 */
final class OutageRun {
  private static final Duration HOLD = Duration.ofSeconds(8);
  private static final Duration QUICK_HOLD = Duration.ofSeconds(4);
  private static final Duration CAUGHT_WITHIN = Duration.ofSeconds(5);
  private static final Duration CLEAR_WITHIN = Duration.ofSeconds(30);

  /** At least half of the orders are for the hot item, so that a branch holds its row. */
  private static final double LEAST_HOT_SHARE = 0.5;

  private final ProtocolPlatform lab;
  private final OrderClient client;
  private final CommitProtocol protocol;
  private final Settings settings;
  private final EffectsReader reader;

  /** When a writer first got the hot row again; null while none does. */
  private @Nullable Double hotRowFreeMillis;

  OutageRun(ProtocolPlatform lab, OrderClient client, CommitProtocol protocol, Settings settings) {
    this.lab = lab;
    this.client = client;
    this.protocol = protocol;
    this.settings = settings;
    this.reader = new EffectsReader(lab.platform());
  }

  /** Runs it; afterwards both instances run, and nothing is in doubt. */
  OrderServiceOutage run() throws InterruptedException, SQLException {
    Set<String> before = reader.orders(protocol).keySet();
    OrderLoad load =
        OrderLoad.open(
            client,
            new OrderSource(
                protocol, Math.max(LEAST_HOT_SHARE, settings.hotShare()), settings.seed(4)),
            settings.ordersPerSecond());
    try (InDoubtSampler sampler = new InDoubtSampler(lab.platform(), protocol, load::millis)) {
      LinkProxy toPayment = lab.link(Part.ORDER_SERVICE, Part.PAYMENT_SERVICE);
      SlowLink.slow(toPayment);
      Waiting.pause(SlowLink.LEAD);
      boolean isCaught = Waiting.until(CAUGHT_WITHIN, this::isCaught);
      // On a slow machine a vote would arrive, and decide, before both instances are dead.
      toPayment.set(LinkProxy.Mode.HALF_OPEN);
      lab.killOrderServices();
      toPayment.set(LinkProxy.Mode.PASS);
      double from = load.millis();
      List<OrderAttempt> unusedAttempts = load.end();
      Duration hold = settings.quick() ? QUICK_HOLD : HOLD;
      boolean unused = Waiting.until(hold, () -> isHotRowFree(load));
      Waiting.pause(Duration.ofMillis(Math.round(from + hold.toMillis() - load.millis())));
      double to = load.millis();
      lab.start(Part.ORDER_SERVICE);
      boolean isClear = Waiting.until(CLEAR_WITHIN, () -> isHotRowFree(load) && inDoubt() == 0);
      double clearBy = load.millis();
      InDoubtSeries series = InDoubtSeries.of(sampler.samples());
      return new OrderServiceOutage(
          seconds(to - from),
          seconds(series.atOrderMillis(from, clearBy)),
          seconds(series.elsewhereMillis(from, clearBy)),
          hotRowFreeMillis == null ? null : (Double) seconds(hotRowFreeMillis - from),
          isClear ? (Double) seconds(clearBy - to) : null,
          divergent(before),
          isCaught ? null : "no order was between its votes and its decision");
    } finally {
      load.stop();
      lab.healAll();
    }
  }

  private boolean isHotRowFree(OrderLoad load) throws SQLException {
    if (hotRowFreeMillis == null && reader.isHotRowFree(protocol)) {
      hotRowFreeMillis = load.millis();
    }
    return hotRowFreeMillis != null;
  }

  private boolean isCaught() throws SQLException {
    return reader.inDoubt(protocol, "payment") > 0
        && (!protocol.preparesTheOrder() || reader.inDoubt(protocol, "order") > 0)
        && (!protocol.preparesBranches() || reader.isHotRowInDoubt(protocol));
  }

  private int inDoubt() throws SQLException {
    int sum = 0;
    for (String domain : Topology.domains()) {
      sum += reader.inDoubt(protocol, domain);
    }
    return sum;
  }

  private int divergent(Set<String> before) throws SQLException {
    Map<String, OrderEffects> orders = reader.orders(protocol);
    orders.keySet().removeAll(before);
    return FinalState.divergent(List.copyOf(orders.values())).values().stream()
        .mapToInt(Integer::intValue)
        .sum();
  }

  private static double seconds(double millis) {
    return Quantiles.rounded(millis / 1_000);
  }
}
