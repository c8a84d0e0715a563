package dev.converge.lab.protocols;

import dev.converge.lab.protocols.ProtocolReport.Machine;
import dev.converge.lab.protocols.ProtocolReport.Settings;
import dev.converge.lab.schedule.FaultPlan;
import dev.converge.platform.Layout;
import dev.converge.platform.Ports;
import java.lang.management.ManagementFactory;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Runs the protocols one after the other on one fresh platform. */
final class ProtocolsRun {
  private final Settings settings;
  private final FaultPlan plan;
  private final Layout layout;
  private final Consumer<String> progress;
  private final List<ProtocolResult> results = new ArrayList<>();
  private final long begin = System.nanoTime();

  ProtocolsRun(Settings settings, FaultPlan plan, Layout layout, Consumer<String> progress) {
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
      lab.startFresh();
      try (OrderClient client = new OrderClient(lab.orderApi())) {
        List<ProtocolRun> runs = new ArrayList<>();
        for (String id : settings.protocols()) {
          runs.add(
              new ProtocolRun(settings, plan, lab, client, CommitProtocol.of(id), this::line));
        }
        say("Warming the platform up");
        for (ProtocolRun each : runs) {
          each.prepare();
        }
        for (ProtocolRun each : runs) {
          run(each);
        }
      }
    } catch (RuntimeException | SQLException e) {
      e.printStackTrace();
      brokenOff = String.valueOf(e.getMessage());
    }
    return report(brokenOff);
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
