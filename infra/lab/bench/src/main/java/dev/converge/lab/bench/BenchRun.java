package dev.converge.lab.bench;

import dev.converge.lab.bench.BenchReport.Burst;
import dev.converge.lab.bench.BenchReport.Flood;
import dev.converge.lab.load.LoadPlan;
import dev.converge.lab.report.Figures;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The measurements of a run, in their order. Each is in the report as soon as it was taken. */
final class BenchRun {
  private static final int FLOOD_CLIENTS = 64;
  private static final int BURST_ORDERS = 20_000;
  private static final long BURST_MILLIS = 10_000;

  private final Settings settings;
  private final BenchPlatform platform;
  private final BenchReport report;

  /**
   * The settings of a run.
   *
   * @param seconds length of a step
   * @param sustainSeconds for which the backlog must not grow at the sustained rate
   * @param rate the sustained rate; null if it is to be searched
   * @param fill orders in the tables before the last step; 0 for no fill
   * @param quick whether only the sustained rate and its costs are measured
   */
  record Settings(
      int seconds,
      int sustainSeconds,
      @Nullable Integer rate,
      double traces,
      long fill,
      boolean quick) {}

  BenchRun(Settings settings, BenchPlatform platform, BenchReport report) {
    this.settings = settings;
    this.platform = platform;
    this.report = report;
  }

  void run() {
    Progress.print("Starting a fresh platform …");
    report.start = platform.startFresh();
    Progress.print("up to the first COMPLETED order: %.1f s", report.start.firstCompletedSeconds());
    report.baseline = baseline();
    LoadSteps load = platform.startLoad();
    try {
      measure(new MeasuredSteps(platform, load));
    } finally {
      report.total = load.total();
    }
  }

  private Baseline baseline() {
    Progress.print("Measuring the baseline: PostgreSQL alone, then one hop alone …");
    Baseline baseline = platform.baseline(Duration.ofSeconds(settings.quick() ? 6 : 12));
    Progress.print(
        "two-insert transactions/s: %.0f; one hop: p50 %s ms, %.0f rows/s",
        baseline.postgres().twoInsertsPerSecond(),
        Figures.of(baseline.hop().latencies().p50(), 1),
        baseline.hop().rowsPerSecond());
    return baseline;
  }

  private void measure(MeasuredSteps steps) {
    steps.warmUp(warmUpMillis());
    if (!settings.quick()) {
      Progress.print("Idle …");
      report.idle = platform.idle(Duration.ofSeconds(30));
    }
    SustainedRate rate = new SustainedRate(settings, steps, report);
    double sustained = rate.find();
    if (sustained == 0) {
      Progress.print("No rate was sustained; the benchmark ends.");
    } else if (!settings.quick()) {
      measureAround(steps, rate, sustained);
    }
  }

  private void measureAround(MeasuredSteps steps, SustainedRate rate, double sustained) {
    for (int percent : List.of(10, 50, 80, 90)) {
      steps.run(report.steps, percent + " %", sustained * percent / 100, settings.seconds());
    }
    steps.run(report.steps, "20 a second", 20, Math.max(60, settings.seconds()));
    report.flood = flood(steps, LoadPlan.closed("flood", FLOOD_CLIENTS, floodMillis()), sustained);
    // The clients of the flood wait for their answers, so they can offer no more than is accepted.
    // Those of the overload do not wait, so the service has to shed some of the orders.
    report.overload =
        flood(steps, LoadPlan.open("overload", 2 * sustained, floodMillis()), sustained);
    report.burst = burst(steps);
    Progress.print("Every trace sampled …");
    platform.restartServices(1.0);
    steps.warmUp(warmUpMillis());
    rate.findAllTraced(sustained);
    if (settings.fill() > 0) {
      platform.restartServices(settings.traces());
      steps.warmUp(warmUpMillis());
      fill(steps, sustained);
    }
  }

  private long warmUpMillis() {
    return settings.quick() ? 8_000 : 15_000;
  }

  private long floodMillis() {
    return Math.max(20, settings.seconds()) * 1_000L;
  }

  private Flood flood(MeasuredSteps steps, LoadPlan plan, double sustained) {
    StepReport step = steps.run(plan);
    Progress.print(
        "%s: %d accepted, %d shed, %d failed",
        plan.name(), step.orders().accepted(), step.orders().shed(), step.orders().failed());
    return new Flood(step, step.rates().completedPerSecond() / completedPerSecond(sustained));
  }

  private double completedPerSecond(double offered) {
    return report.sustained == null ? offered : report.sustained.rates().completedPerSecond();
  }

  private static Burst burst(MeasuredSteps steps) {
    Burst burst =
        steps.burst(LoadPlan.open("burst", BURST_ORDERS / (BURST_MILLIS / 1_000.0), BURST_MILLIS));
    Progress.print(
        "burst: %d accepted, %d ended, %d shed, %d failed; drained after %.1f s",
        burst.step().orders().accepted(),
        burst.ended(),
        burst.step().orders().shed(),
        burst.step().orders().failed(),
        burst.drainedAfterSeconds());
    return burst;
  }

  private void fill(MeasuredSteps steps, double sustained) {
    steps.fill(settings.fill(), sustained * 0.85);
    report.ordersInTables = steps.accepted();
    report.afterFill = steps.run(report.steps, "50 %, filled", sustained * 0.5, settings.seconds());
  }
}
