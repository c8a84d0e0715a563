package dev.converge.lab.bench;

import dev.converge.lab.bench.BenchReport.Burst;
import dev.converge.lab.load.LoadPlan;
import java.util.List;

/** Runs steps of load, and prints each. */
final class MeasuredSteps {
  private static final int LOW_RATE = 250;
  private static final long FILL_MILLIS = 60_000;

  private final BenchPlatform platform;
  private final LoadSteps load;

  MeasuredSteps(BenchPlatform platform, LoadSteps load) {
    this.platform = platform;
    this.load = load;
  }

  /** Orders accepted so far. */
  long accepted() {
    return load.accepted();
  }

  /** Runs a step at a rate and adds its report to others. */
  StepReport run(List<StepReport> reports, String name, double rate, int seconds) {
    // The reconcilers' backlog after a high rate would be half of the work of a low one.
    if (rate < LOW_RATE) {
      platform.settle();
    }
    Progress.print("%-12s offering %.0f/s for %d s …", name, rate, seconds);
    StepReport step = run(LoadPlan.open(name, rate, seconds * 1_000L));
    reports.add(step);
    return step;
  }

  StepReport run(LoadPlan plan) {
    return print(load.run(plan));
  }

  Burst burst(LoadPlan plan) {
    Burst burst = load.burst(plan);
    print(burst.step());
    return burst;
  }

  // The just-in-time compilers need some hundred thousand orders before costs are constant, and
  // some of them in batches as large as those at the highest rates.
  void warmUp(long millis) {
    for (int orders : List.of(100, 300, 600, 900, 1_200, 1_200, 1_200, 1_200)) {
      Progress.print("Warming up at %d orders/s …", orders);
      load.prepare(LoadPlan.open("warm-up", orders, millis));
    }
  }

  /** Offers orders at a rate until this number of orders was accepted. */
  void fill(long orders, double rate) {
    while (accepted() < orders) {
      long missing = orders - accepted();
      long millis = Math.min(FILL_MILLIS, (long) (missing / rate * 1_000) + 1_000);
      Progress.print("%d orders in the tables …", accepted());
      load.prepare(LoadPlan.open("fill", rate, millis));
    }
  }

  private static StepReport print(StepReport step) {
    System.err.println(TextReport.line(step));
    return step;
  }
}
