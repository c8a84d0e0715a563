package dev.converge.lab.protocols;

import dev.converge.lab.schedule.FaultPlan.Planned;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The effect of a fault on one protocol.
 *
 * @param fault its name
 * @param plannedSeconds when it was to begin, since the load began
 * @param atSeconds when it began
 * @param healedSeconds when the failed parts were started or released
 * @param orders meant to be sent while the fault was held
 * @param completedMeanwhile of those, how many had their last effect while it was held
 * @param okShare orders answered 2xx, of those meant to be sent while the fault was held
 * @param oldestInDoubtSeconds the greatest age of a branch in doubt until the next fault
 * @param atOrderSeconds the same in order-db alone, where only an order-service ends a branch
 * @param elsewhereSeconds the same in the other databases
 * @param lockedBranches the most branches that held locks at one moment while it was held
 * @param blockedWriters the most sessions that waited for rows of branches in doubt at one moment
 *     while it was held
 * @param firstOkSeconds from the healing to the next 2xx
 * @param clearSeconds from the healing until no branch was in doubt for longer than a moment
 * @param consistentSeconds from the healing until the last effect of the orders that were in flight
 *     during the fault; null if some of them diverge for ever
 * @param divergentOrders of those in flight
 */
record FaultResult(
    String fault,
    double plannedSeconds,
    double atSeconds,
    double healedSeconds,
    int orders,
    int completedMeanwhile,
    @Nullable Double okShare,
    double oldestInDoubtSeconds,
    double atOrderSeconds,
    double elsewhereSeconds,
    int lockedBranches,
    int blockedWriters,
    @Nullable Double firstOkSeconds,
    @Nullable Double clearSeconds,
    @Nullable Double consistentSeconds,
    int divergentOrders,
    @Nullable String notInjected) {
  /** Every transaction is in doubt for as long as it runs. */
  private static final double MOMENT_MILLIS = 1_000;

  /**
   * A fault as it was injected; times since the load began.
   *
   * @param notInjected why not; null if it was
   */
  record Injected(
      Planned planned, double fromMillis, double toMillis, @Nullable String notInjected) {}

  /** The course of a run, in milliseconds since the load began. */
  record Course(List<OrderAttempt> attempts, InDoubtSeries inDoubt, List<Effect> effects) {}

  /**
   * The effects of an order.
   *
   * @param placedMillis when it was meant to be sent
   * @param endedMillis when its client was answered, or gave up; null if never
   * @param lastMillis when its last effect was committed; null if it diverges
   */
  record Effect(double placedMillis, @Nullable Double endedMillis, @Nullable Double lastMillis) {
    /** Whether its client or one of its effects was waited for between two times. */
    private boolean isInFlight(double from, double to) {
      return placedMillis < to
          && (endedMillis == null
              || endedMillis > from
              || (lastMillis != null && lastMillis > from));
    }
  }

  private static int completed(List<Effect> effects, double from, double to) {
    return (int)
        effects.stream()
            .filter(effect -> effect.placedMillis() >= from)
            .filter(effect -> effect.lastMillis() != null && effect.lastMillis() < to)
            .count();
  }

  /** The effects of the faults, in their order. */
  static List<FaultResult> of(List<Injected> injected, Course course, double endMillis) {
    List<FaultResult> results = new ArrayList<>();
    for (int at = 0; at < injected.size(); at++) {
      double until = at + 1 < injected.size() ? injected.get(at + 1).fromMillis() : endMillis;
      results.add(of(injected.get(at), course, until));
    }
    return results;
  }

  private static FaultResult of(Injected fault, Course course, double untilMillis) {
    double from = fault.fromMillis();
    double to = fault.toMillis();
    List<OrderAttempt> during =
        course.attempts().stream()
            .filter(order -> order.intendedMillis() >= from && order.intendedMillis() < to)
            .toList();
    long ok = during.stream().filter(OrderAttempt::isOk).count();
    List<Effect> inFlight =
        course.effects().stream().filter(effect -> effect.isInFlight(from, to)).toList();
    double clear = course.inDoubt().clearAfter(to, MOMENT_MILLIS);
    return new FaultResult(
        fault.planned().kind().id(),
        seconds((double) fault.planned().atMillis()),
        seconds(from),
        seconds(to),
        during.size(),
        completed(course.effects(), from, to),
        during.isEmpty() ? null : (Double) ((double) ok / during.size()),
        seconds(course.inDoubt().oldestMillis(from, untilMillis)),
        seconds(course.inDoubt().atOrderMillis(from, untilMillis)),
        seconds(course.inDoubt().elsewhereMillis(from, untilMillis)),
        course.inDoubt().locked(from, to),
        course.inDoubt().blockedWriters(from, to),
        firstOk(course.attempts(), to),
        clear < 0 ? null : (Double) seconds(clear - to),
        consistent(inFlight, to),
        (int) inFlight.stream().filter(effect -> effect.lastMillis() == null).count(),
        fault.notInjected());
  }

  /** By how much it began earlier or later than planned. */
  double offBySeconds() {
    return Math.abs(atSeconds - plannedSeconds);
  }

  private static @Nullable Double firstOk(List<OrderAttempt> attempts, double healed) {
    return attempts.stream()
        .filter(OrderAttempt::isOk)
        .filter(order -> order.answeredMillis() >= healed)
        .map(order -> seconds(order.answeredMillis() - healed))
        .min(Double::compare)
        .orElse(null);
  }

  private static @Nullable Double consistent(List<Effect> inFlight, double healed) {
    double last = healed;
    for (Effect effect : inFlight) {
      Double committed = effect.lastMillis();
      if (committed == null) {
        return null;
      }
      last = Math.max(last, committed);
    }
    return seconds(last - healed);
  }

  private static double seconds(double millis) {
    return Quantiles.rounded(millis / 1_000);
  }
}
