package dev.converge.lab.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.converge.lab.bench.BaselineRatios.Cost;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The measurements of a run, whole or so far: null if not measured. */
final class BenchReport {
  /** The machine of a run. */
  public record Machine(int cores, long memoryMiB, String os, String java) {}

  /**
   * The times of {@code up} on an empty state folder.
   *
   * @param readySeconds until every part was ready
   * @param firstCompletedSeconds from the start of {@code up} to the first COMPLETED order
   */
  public record Start(double readySeconds, double firstCompletedSeconds) {}

  /**
   * The costs of a platform without orders.
   *
   * @param corePercent of one core, by part
   */
  public record Idle(Map<String, Double> corePercent, Map<String, Long> residentMiB) {
    /** Of one core, by all parts together. */
    @JsonProperty
    double totalCorePercent() {
      return corePercent.values().stream().mapToDouble(Double::doubleValue).sum();
    }
  }

  /**
   * More orders than the platform can serve: from closed-loop clients that never wait (the flood),
   * or from an open loop at twice the sustained rate (the overload).
   *
   * @param ofSustained orders completed a second, over the sustained rate
   */
  public record Flood(StepReport step, double ofSustained) {}

  /**
   * The burst.
   *
   * @param ended orders that ended, of those that were accepted
   * @param drainedAfterSeconds from when the last order was offered until the last one ended
   * @param endedAfterSeconds from its start until then
   */
  public record Burst(
      StepReport step,
      long ended,
      double drainedAfterSeconds,
      double endedAfterSeconds,
      Map<String, Long> residentBeforeMiB,
      Map<String, Long> residentAfterMiB) {}

  public final Machine machine;
  public final double tracesSampled;
  public @Nullable Start start;
  public @Nullable Baseline baseline;
  public @Nullable Idle idle;

  /** The steps of the search for the sustained rates, with those that confirmed them. */
  public final List<StepReport> search = new ArrayList<>();

  /** At shares of the sustained rate, and after the fill. */
  public final List<StepReport> steps = new ArrayList<>();

  /**
   * The step that confirmed the sustained rate; it may have fallen behind only if the rate was
   * given.
   */
  public @Nullable StepReport sustained;

  public @Nullable StepReport sustainedAllTraced;
  public @Nullable Flood flood;
  public @Nullable Flood overload;
  public @Nullable Burst burst;
  public @Nullable StepReport afterFill;

  /** All steps after the warm-up, taken together. */
  public @Nullable StepReport total;

  /** Why the run ended before its end. */
  public @Nullable String brokenOff;

  /** The orders in the tables when the step after the fill was measured; 0 without a fill. */
  public long ordersInTables;

  /** A step's figures over their baselines. */
  record StepRatios(String step, double offeredPerSecond, BaselineRatios ratios) {}

  /**
   * The figures that belong to no step, over their baselines.
   *
   * @param ready the start, over that of one database alone, both from nothing
   * @param firstCompleted up to the first COMPLETED order, over the same
   * @param idle processor time, in hops a second
   * @param idleMemory over that of all parts when they had just started
   * @param burstEnded from the burst's start to the last order's end, over the time that the
   *     batched writes of its orders take
   * @param memoryBeforeBurst over that of all parts when they had just started
   * @param memoryAfterBurst the same
   */
  record PlatformRatios(
      @Nullable Double ready,
      @Nullable Double firstCompleted,
      Cost idle,
      Cost idleMemory,
      @Nullable Double burstEnded,
      Cost memoryBeforeBurst,
      Cost memoryAfterBurst) {}

  /** The steps of the flood, the overload and the burst, as far as they were measured. */
  List<StepReport> floodAndBurst() {
    return Stream.of(
            Stream.ofNullable(flood).map(Flood::step),
            Stream.ofNullable(overload).map(Flood::step),
            Stream.ofNullable(burst).map(Burst::step))
        .flatMap(Function.identity())
        .toList();
  }

  /**
   * Every step's figures over their baselines: of the search, the steps, the flood and the burst,
   * then of all together.
   */
  public List<StepRatios> getBaselineRatios() {
    return Stream.of(
            search.stream(), steps.stream(), floodAndBurst().stream(), Stream.ofNullable(total))
        .flatMap(Function.identity())
        .map(
            step ->
                new StepRatios(
                    step.name(),
                    step.rates().offeredPerSecond(),
                    BaselineRatios.of(step, baseline)))
        .toList();
  }

  /** The figures that belong to no step, over their baselines. */
  public PlatformRatios getPlatformRatios() {
    Baseline over = baseline;
    Cost none = Cost.NONE;
    return new PlatformRatios(
        over == null || start == null ? null : BaselineRatios.start(start.readySeconds(), over),
        over == null || start == null
            ? null
            : BaselineRatios.start(start.firstCompletedSeconds(), over),
        over == null || idle == null ? none : BaselineRatios.idle(idle.corePercent(), over),
        over == null || idle == null ? none : BaselineRatios.memory(idle.residentMiB(), over),
        over == null || burst == null ? null : BaselineRatios.ended(burst, over),
        over == null || burst == null
            ? none
            : BaselineRatios.memory(burst.residentBeforeMiB(), over),
        over == null || burst == null
            ? none
            : BaselineRatios.memory(burst.residentAfterMiB(), over));
  }

  BenchReport(Machine machine, double tracesSampled) {
    this.machine = machine;
    this.tracesSampled = tracesSampled;
  }
}
