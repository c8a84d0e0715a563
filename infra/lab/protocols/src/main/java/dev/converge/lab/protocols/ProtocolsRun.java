package dev.converge.lab.protocols;

import dev.converge.lab.protocols.ProtocolReport.Machine;
import dev.converge.lab.protocols.ProtocolReport.Settings;
import dev.converge.lab.schedule.FaultPlan;
import dev.converge.platform.Layout;
import dev.converge.platform.Ports;
import java.lang.management.ManagementFactory;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Runs the protocols one after the other on one fresh platform. */
final class ProtocolsRun {
  /**
   * The share of the orders that the slowest protocol completes at most, for a load with faults.
   */
  private static final double SHARE = 0.25;

  /** Orders a second: with fewer, too seldom one is between two steps when a fault begins. */
  static final int LEAST_RATE = 4;

  /** A fresh platform starts in as many times the time that a killed service needs. */
  private static final int RESTARTS_PER_START = 6;

  private final boolean isRateChosen;
  private Settings settings;
  private FaultPlan plan;
  private final Layout layout;
  private final Consumer<String> progress;
  private final List<ProtocolResult> results = new ArrayList<>();
  private final long begin = System.nanoTime();

  /**
   * @param isRateChosen whether the load has the rate of the settings on every machine; otherwise a
   *     slow one has a lower rate
   */
  ProtocolsRun(
      Settings settings,
      boolean isRateChosen,
      FaultPlan plan,
      Layout layout,
      Consumer<String> progress) {
    this.isRateChosen = isRateChosen;
    this.settings = settings;
    this.plan = plan;
    this.layout = layout;
    this.progress = progress;
  }

  /** Runs them; every process has ended when it returns. A failure keeps what was measured. */
  ProtocolReport run() throws InterruptedException {
    String brokenOff = null;
    try (ProtocolPlatform lab = new ProtocolPlatform(layout, Ports.free())) {
      say("Starting a fresh platform in %s …", layout.state());
      long starting = System.nanoTime();
      lab.startFresh();
      allowRestarts((System.nanoTime() - starting) / RESTARTS_PER_START);
      try (OrderClient client = new OrderClient(lab.orderApi())) {
        List<CommitProtocol> protocols =
            settings.protocols().stream().map(CommitProtocol::of).toList();
        protocols.forEach(lab::fill);
        say("Warming the platform up");
        lowerRate(warmUp(protocols, lab, client));
        for (CommitProtocol each : protocols) {
          run(of(each, lab, client));
        }
      }
    } catch (RuntimeException | SQLException e) {
      e.printStackTrace();
      brokenOff = String.valueOf(e.getMessage());
    }
    return report(brokenOff);
  }

  private ProtocolRun of(CommitProtocol protocol, ProtocolPlatform lab, OrderClient client) {
    return new ProtocolRun(settings, plan, lab, client, protocol, this::line);
  }

  // In tenths of a second, as printed: lab transaction-manager makes the same plan from that.
  private void allowRestarts(long nanos) {
    Duration restart = Duration.ofMillis(Math.round(nanos / 1e8) * 100);
    FaultPlan allowing = plan.allowing(restart);
    if (!allowing.equals(plan)) {
      say(
          "This machine starts a killed service in %.1f s: the load takes %.0f s instead of %.0f s",
          restart.toMillis() / 1e3, allowing.lengthMillis() / 1e3, plan.lengthMillis() / 1e3);
      plan = allowing;
    }
  }

  /**
   * Warms up before the first protocol is measured, because the services compile the code that all
   * protocols share only once. The control, whose orders are not to be trusted, stays last.
   *
   * @return orders a second of the slowest
   */
  private double warmUp(List<CommitProtocol> protocols, ProtocolPlatform lab, OrderClient client)
      throws InterruptedException {
    List<CommitProtocol> warmed =
        protocols.stream().filter(protocol -> !protocol.isDualWrite()).toList();
    // A quick run has the time for one: the last has the most messages.
    int skipped = settings.quick() ? Math.max(0, warmed.size() - 1) : 0;
    double slowest = Double.MAX_VALUE;
    for (CommitProtocol protocol : warmed.subList(skipped, warmed.size())) {
      slowest = Math.min(slowest, of(protocol, lab, client).warmUp(ProtocolRun.BEFORE_ALL));
    }
    return slowest;
  }

  // A load that the machine cannot carry measures the machine.
  private void lowerRate(double slowest) {
    double rate = Math.max(LEAST_RATE, Math.floor(slowest * SHARE));
    if (!isRateChosen && rate < settings.ordersPerSecond()) {
      say(
          "This machine completes %.0f orders/s by the slowest protocol: %.0f orders/s are placed",
          slowest, rate);
      settings = settings.at(rate);
    }
  }

  private void run(ProtocolRun of) throws InterruptedException, SQLException {
    String id = of.protocol().id();
    say("%s: %d faults in %.0f s", id, plan.faults().size(), plan.lengthMillis() / 1e3);
    ProtocolResult result = of.run();
    results.add(result);
    say(
        "%s: %d of %d answered 2xx; %s; oldest in doubt %.1f s",
        id,
        result.ok(),
        result.offered(),
        Goals.divergent(result.finalState()),
        result.inDoubt().oldestMillis() / 1e3);
  }

  private ProtocolReport report(@Nullable String brokenOff) {
    return new ProtocolReport(
        settings,
        plan,
        machine(),
        (System.nanoTime() - begin) / 1e9,
        results,
        Goals.of(plan, settings.ordersPerSecond(), results),
        brokenOff);
  }

  private static Machine machine() {
    com.sun.management.OperatingSystemMXBean os =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return new Machine(
        Runtime.getRuntime().availableProcessors(),
        os.getTotalMemorySize() >> 20,
        os.getName() + " " + os.getArch(),
        Runtime.version().toString());
  }

  private void say(String format, Object... arguments) {
    line(String.format(Locale.ROOT, format, arguments));
  }

  private void line(String text) {
    progress.accept(
        String.format(Locale.ROOT, "%5.0f s  %s", (System.nanoTime() - begin) / 1e9, text));
  }
}
