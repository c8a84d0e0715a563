package dev.converge.lab.transactionmanager;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a run under load; as far as they exist here, those of {@code lab protocols}.
 *
 * @param seconds the purchases by the second in which they were due
 * @param injected the faults as they were injected
 */
public record LoadResult(
    Settings settings,
    LoadPlan plan,
    List<Second> seconds,
    List<Injected> injected,
    List<Sample> inDoubt,
    FinalState finalState) {

  /** Of stock and of money. */
  private static final int BRANCHES = 2;

  public LoadResult {
    seconds = List.copyOf(seconds);
    injected = List.copyOf(injected);
    inDoubt = List.copyOf(inDoubt);
  }

  /**
   * The parameters of a run.
   *
   * @param restartSeconds the time that a killed service needs, for which pauses are made
   */
  public record Settings(
      long seed, double ordersPerSecond, double hotShare, double restartSeconds) {
    Duration restart() {
      return Duration.ofMillis(Math.round(restartSeconds * 1_000));
    }
  }

  /**
   * The purchases that were due in one second, by their answers.
   *
   * @param ok {@code commit()} returned
   * @param unavailable it did not, or a statement failed
   * @param noAnswer none within the client's timeout, or a broken connection
   */
  public record Second(int second, int offered, int ok, int unavailable, int noAnswer) {}

  /**
   * A fault as it was injected.
   *
   * @param caught whether a branch was prepared and undecided then, if the fault must hit one
   */
  public record Injected(LoadFault fault, double fromMillis, double toMillis, boolean caught) {}

  /** The branches that are prepared at one moment, in the databases that can be read. */
  public record Sample(double atMillis, int branches, double oldestMillis) {}

  /**
   * The state once quiescent.
   *
   * @param quiescentSeconds after the load until nothing was prepared; negative if something is
   *     left
   * @param shippedNotPaid purchases that have taken stock only
   * @param paidNotShipped purchases that have taken money only
   * @param brokenAnswers purchases that were answered 201, and lack an effect
   * @param leftPrepared branches that the manager does not end
   */
  public record FinalState(
      double quiescentSeconds,
      int purchases,
      int shippedNotPaid,
      int paidNotShipped,
      int brokenAnswers,
      int leftPrepared,
      boolean sumsAreExact) {
    @JsonProperty
    int divergent() {
      return shippedNotPaid + paidNotShipped;
    }
  }

  /** The oldest age of a branch between two moments. */
  double oldestMillis(double fromMillis, double toMillis) {
    return inDoubt.stream()
        .filter(moment -> moment.atMillis() >= fromMillis && moment.atMillis() <= toMillis)
        .mapToDouble(Sample::oldestMillis)
        .max()
        .orElse(0);
  }

  /** Seconds in which fewer than half of the purchases were answered 201. */
  @JsonProperty
  long unavailableSeconds() {
    return unavailable(seconds);
  }

  private static long unavailable(List<Second> of) {
    return of.stream()
        .filter(second -> second.offered() > 0 && second.ok() * 2 < second.offered())
        .count();
  }

  /**
   * The figures under the faults of the schedule alone, as {@code lab protocols} has them for each
   * protocol.
   *
   * @param inDoubtSecondsPerBranch for which the branches of all purchases were in doubt, divided
   *     by their number in a purchase
   */
  public record UnderTheSchedule(
      long offered,
      long ok,
      long unavailableSeconds,
      double oldestSeconds,
      int branches,
      double inDoubtSecondsPerBranch) {
    /** Of the purchases, those that were answered 201. */
    @JsonProperty
    double okShare() {
      return offered == 0 ? 0 : (double) ok / offered;
    }
  }

  /** The figures without the faults that only a transaction manager has. */
  @JsonProperty
  UnderTheSchedule underTheSchedule() {
    List<Second> of =
        seconds.stream().filter(s -> s.second() * 1_000L < plan.scheduleMillis()).toList();
    double branchMillis = 0;
    for (int at = 1; at < inDoubt.size(); at++) {
      Sample before = inDoubt.get(at - 1);
      if (inDoubt.get(at).atMillis() <= plan.scheduleMillis()) {
        branchMillis +=
            (double) before.branches() * (inDoubt.get(at).atMillis() - before.atMillis());
      }
    }
    return new UnderTheSchedule(
        of.stream().mapToLong(Second::offered).sum(),
        of.stream().mapToLong(Second::ok).sum(),
        unavailable(of),
        oldestMillis(0, (double) plan.scheduleMillis()) / 1e3,
        BRANCHES,
        branchMillis / 1e3 / BRANCHES);
  }

  /** Of the purchases that were due while a fault was held, those that were answered 201. */
  @Nullable Double okShare(Injected fault) {
    long offered = 0;
    long ok = 0;
    for (Second second : seconds) {
      double at = second.second() * 1_000.0;
      if (at >= fault.fromMillis() && at + 1_000 <= fault.toMillis()) {
        offered += second.offered();
        ok += second.ok();
      }
    }
    return offered == 0 ? null : (Double) ((double) ok / offered);
  }
}
