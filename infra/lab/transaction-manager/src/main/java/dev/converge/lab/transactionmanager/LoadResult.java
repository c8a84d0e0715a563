package dev.converge.lab.transactionmanager;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

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

  public LoadResult {
    seconds = List.copyOf(seconds);
    injected = List.copyOf(injected);
    inDoubt = List.copyOf(inDoubt);
  }

  /** The parameters of a run. */
  public record Settings(long seed, double ordersPerSecond, double hotShare) {}

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
    return seconds.stream()
        .filter(second -> second.offered() > 0 && second.ok() * 2 < second.offered())
        .count();
  }
}
