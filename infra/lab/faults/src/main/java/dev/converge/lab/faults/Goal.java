package dev.converge.lab.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A goal of a run, and whether it was reached. A missed goal fails no run.
 *
 * @param says the goal
 * @param found the measured value
 */
record Goal(String says, String found, boolean met) {
  /** Of a run that is long enough for goals of its size. */
  private static final double LONG_RUN_SECONDS = 20 * 60;

  private static final long FAULTS = 100;
  private static final long ORDERS = 10_000;
  private static final double QUIESCENT_SECONDS = 60;
  private static final double FIRST_ATTEMPT = 0.999;
  private static final String WITH_ONE_DATABASE = "order-db";

  /** The goals that apply to a run. */
  static List<Goal> of(CampaignReport report) {
    List<Goal> goals = new ArrayList<>();
    if (report.load().loadSeconds() >= LONG_RUN_SECONDS) {
      goals.add(atLeast(FAULTS, "faults with orders in flight", report.counted()));
      goals.add(atLeast(ORDERS, "orders", report.orders().count()));
    }
    goals.add(quiescence(report));
    if (report.injected() > 0) {
      goals.add(recoveries(report.faults().outcomes()));
    }
    if (FirstAttempts.ordersBut(report.faults().firstAttempts(), List.of(WITH_ONE_DATABASE)) > 0) {
      goals.add(firstAttempt(report.faults().firstAttempts()));
    }
    goals.add(oneOrder(report.orders().burst()));
    goals.add(soldExactly(report.orders().burst()));
    goals.add(noFinding(report.ending().audits()));
    return goals;
  }

  private static Goal atLeast(long least, String what, long found) {
    return new Goal(format("at least %,d %s", least, what), format("%,d", found), found >= least);
  }

  private static Goal quiescence(CampaignReport report) {
    Double quiescent = report.ending().quiescentSeconds();
    Double reconciled = report.ending().reconciledSeconds();
    // If messages were lost, the platform is not quiescent until they are known to be published
    // again.
    Double seconds = reconciled == null ? quiescent : reconciled;
    return new Goal(
        format("quiescent within %.0f s after the load and the last fault", QUIESCENT_SECONDS),
        quiescent == null
            ? "never"
            : format("%.1f s", quiescent)
                + (reconciled == null
                    ? ""
                    : format(", with all compared by the reconcilers %.1f s", reconciled)),
        seconds != null && seconds <= QUIESCENT_SECONDS);
  }

  private static Goal recoveries(List<FaultOutcome> faults) {
    List<FaultOutcome> bound =
        faults.stream()
            .filter(fault -> fault.isInjected() && fault.recovery().boundSeconds() != null)
            .toList();
    long disturbed = bound.stream().filter(fault -> fault.recovery().disturbed()).count();
    long over = bound.stream().filter(FaultOutcome::overBound).count();
    return new Goal(
        "each recovery within its bound",
        format(
            "%d within it, %d over it, %d before which the next fault was injected",
            bound.size() - disturbed - over, over, disturbed),
        over == 0);
  }

  private static Goal firstAttempt(List<FirstAttempts> tries) {
    double share = FirstAttempts.shareBut(tries, List.of(WITH_ONE_DATABASE));
    return new Goal(
        "99.9 % of valid orders answered 2xx at the first attempt, but for " + WITH_ONE_DATABASE,
        // Three digits, so that a goal that was just missed does not look as if it was reached.
        format("%.3f %%", share * 100),
        share >= FIRST_ATTEMPT);
  }

  private static Goal oneOrder(BurstOutcome burst) {
    return new Goal(
        format(
            "%,d concurrent requests with one key: one order, one answer", burst.burst().equal()),
        format(
            "%,d sent before the first was answered; %,d answered, %d order, %d answer",
            burst.equal().equalConcurrent(),
            burst.equal().equalAnswered(),
            burst.equal().equalOrders(),
            burst.equal().equalAnswers()),
        burst.isOneOrder());
  }

  private static Goal soldExactly(BurstOutcome burst) {
    return new Goal(
        format(
            "%,d orders of one unit each of an item of which there are %,d: all of it is shipped",
            burst.burst().contenders(), burst.burst().units()),
        format(
            "%,d orders, %,d completed, %,d units shipped",
            burst.contended().contending(),
            burst.contended().completed(),
            burst.contended().shipped()),
        burst.isSoldExactly());
  }

  static Goal noFinding(AuditWatch.Observed audits) {
    int findings = audits.findings().size();
    return new Goal(
        "the services' own audits report no finding about their data at any time",
        (findings == 0
                ? format("nothing in %,d answers of each", audits.answers())
                : format("%d cases, such as %s", findings, audits.findings().get(0)))
            + (audits.notChecked().isEmpty()
                ? ""
                : "; not checked in the last answer: " + audits.notChecked()),
        findings == 0 && audits.answers() > 0 && audits.notChecked().isEmpty());
  }

  private static String format(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
