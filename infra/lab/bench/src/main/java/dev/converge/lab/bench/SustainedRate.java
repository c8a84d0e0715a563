package dev.converge.lab.bench;

/** Finds the highest rate that the platform keeps up with. */
final class SustainedRate {
  static final String ALL_TRACED = "all traced";

  private final BenchRun.Settings settings;
  private final MeasuredSteps steps;
  private final BenchReport report;

  SustainedRate(BenchRun.Settings settings, MeasuredSteps steps, BenchReport report) {
    this.settings = settings;
    this.steps = steps;
    this.report = report;
  }

  /** The given rate, or the highest that holds; 0 if none does. */
  double find() {
    if (settings.rate() != null) {
      report.sustained = run("sustained", settings.rate());
      return settings.rate();
    }
    RateSearch search = new RateSearch(800);
    while (!search.isDone()) {
      StepReport step =
          steps.run(report.search, "search", search.next(), Math.min(settings.seconds(), 12));
      search.tried(step.course().steady());
    }
    return search.best() == 0 ? 0 : confirm(search.best());
  }

  // Goes down from the rate that was found to one that holds, or up while a higher one does: the
  // search's short steps may err either way.
  private double confirm(double found) {
    double sustained = 0;
    double failed = Double.POSITIVE_INFINITY;
    double tried = found;
    for (int attempt = 0; attempt < 8 && tried < failed * 0.97; attempt++) {
      StepReport step = run("sustained", tried);
      if (step.course().steady()) {
        report.sustained = step;
        sustained = tried;
        tried *= 1.05;
      } else {
        failed = tried;
        tried *= sustained > 0 ? 1 : 0.94;
      }
    }
    return sustained;
  }

  /** The rate that holds with every trace sampled: goes down from the one that holds without. */
  void findAllTraced(double sustained) {
    double tried = sustained;
    for (int attempt = 0; attempt < 12; attempt++) {
      StepReport step = run(ALL_TRACED, tried);
      if (step.course().steady()) {
        report.sustainedAllTraced = step;
        return;
      }
      tried *= 0.88;
    }
  }

  private StepReport run(String name, double rate) {
    return steps.run(report.search, name, rate, Math.max(settings.sustainSeconds(), 5));
  }
}
