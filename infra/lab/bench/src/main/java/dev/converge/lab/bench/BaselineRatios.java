package dev.converge.lab.bench;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.converge.lab.load.Latencies;
import dev.converge.lab.load.Timings;
import dev.converge.lab.report.Figures;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A step's figures over their baselines, so that they are comparable between machines. Null if a
 * figure or its baseline was not measured. Its JSON has the members of {@code times} and {@code
 * costs} as its own.
 *
 * @param rates orders a second
 * @param batches the number that shares a transaction
 * @param lag log that Debezium had not confirmed, in orders of the batched writes
 * @param memory resident memory, over that of all parts when they had just started
 */
record BaselineRatios(
    Rates rates,
    @JsonUnwrapped Waits times,
    @JsonUnwrapped Costs costs,
    Batches batches,
    @Nullable Double lag,
    Cost memory) {
  /** Messages that a completed order sends: three commands, three replies and an event. */
  static final int HOPS = 7;

  /**
   * Orders a second, over two-insert transactions a second; completed orders also over the rate of
   * PostgreSQL alone with the writes of an order.
   *
   * @param singleWrites completed, over the orders a second with single writes
   * @param batchedWrites completed, over the orders a second with batched writes
   */
  record Rates(
      @Nullable Double offered,
      @Nullable Double accepted,
      @Nullable Double completed,
      @Nullable Double singleWrites,
      @Nullable Double batchedWrites) {}

  /**
   * Times of requests.
   *
   * @param post from POST to its answer, over the mean of one commit with one client
   * @param end from POST to the end, over the median of one hop, which one stall does not spoil
   * @param refused from POST to 429 or 503, over the mean of one commit
   */
  record Waits(Times post, Times end, Times refused) {}

  /**
   * Costs an order.
   *
   * @param cpu processor time, over that of {@value #HOPS} hops at full speed
   * @param generatorCpu the load generator's, over the same
   * @param commits over those of the batched writes
   * @param wal bytes of log, over those of the batched writes
   * @param outboxRows over the {@value #HOPS} messages that an order needs
   */
  record Costs(
      Cost cpu,
      @Nullable Double generatorCpu,
      Cost commits,
      Cost wal,
      @Nullable Double outboxRows) {}

  /** Percentiles. */
  record Times(
      @Nullable Double p50,
      @Nullable Double p90,
      @Nullable Double p99,
      @Nullable Double p999,
      @Nullable Double max) {
    private static final Times NONE = new Times(null, null, null, null, null);
  }

  /**
   * A cost and its parts, over the baseline of the whole: the parts add up to it.
   *
   * @param parts by process or database
   */
  record Cost(@Nullable Double total, Map<String, Double> parts) {
    static final Cost NONE = new Cost(null, Map.of());

    static Cost of(Map<String, ? extends Number> values, double baseline) {
      Map<String, Double> parts = new LinkedHashMap<>();
      values.forEach(
          (name, value) -> {
            Double ratio = Figures.ratio(value.doubleValue(), baseline);
            if (ratio != null) {
              parts.put(name, ratio);
            }
          });
      return new Cost(Figures.sum(parts.values()), parts);
    }
  }

  /**
   * Orders and messages a transaction, over the orders a transaction of the batched writes.
   *
   * @param messages the mean of all consumers
   */
  record Batches(
      @Nullable Double orders, @Nullable Double messages, Map<String, Double> byConsumer) {}

  private static final BaselineRatios NONE =
      new BaselineRatios(
          new Rates(null, null, null, null, null),
          new Waits(Times.NONE, Times.NONE, Times.NONE),
          new Costs(Cost.NONE, null, Cost.NONE, Cost.NONE, null),
          new Batches(null, null, Map.of()),
          null,
          Cost.NONE);

  static BaselineRatios of(StepReport step, @Nullable Baseline baseline) {
    return baseline == null
        ? NONE
        : new BaselineRatios(
            rates(step.rates(), baseline.postgres()),
            waits(step.times(), baseline),
            costs(step.costs(), baseline),
            batches(step.costs()),
            Figures.ratio(
                (double) step.course().outboxLagBytes(), baseline.postgres().orderWritesWalBytes()),
            memory(step.course().residentMiB(), baseline));
  }

  private static Rates rates(StepReport.Rates rates, Baseline.Postgres alone) {
    return new Rates(
        Figures.ratio(rates.offeredPerSecond(), alone.twoInsertsPerSecond()),
        Figures.ratio(rates.acceptedPerSecond(), alone.twoInsertsPerSecond()),
        Figures.ratio(rates.completedPerSecond(), alone.twoInsertsPerSecond()),
        Figures.ratio(rates.completedPerSecond(), alone.orderWritesPerSecond()),
        Figures.ratio(rates.completedPerSecond(), alone.orderWritesBatchedPerSecond()));
  }

  private static Waits waits(Timings times, Baseline baseline) {
    Double commitMillis =
        Figures.ratio(1_000.0, baseline.postgres().twoInsertsOneClientPerSecond());
    return new Waits(
        over(times.post(), commitMillis),
        over(times.completed(), baseline.hop().latencies().p50()),
        over(times.refused(), commitMillis));
  }

  private static Costs costs(StepReport.Costs costs, Baseline baseline) {
    double hopsMillis = HOPS * baseline.hop().cpuMicrosPerRow() / 1_000;
    return new Costs(
        Cost.of(costs.cpuMillis(), hopsMillis),
        Figures.ratio(costs.generatorCpuMillis(), hopsMillis),
        Cost.of(costs.commits(), 1.0 / PostgresBaseline.BATCH),
        Cost.of(costs.walBytes(), baseline.postgres().orderWritesWalBytes()),
        Figures.ratio(costs.outboxRows(), (double) HOPS));
  }

  private static Batches batches(StepReport.Costs costs) {
    double together = PostgresBaseline.BATCH;
    return new Batches(
        Figures.ratio(costs.ordersPerTransaction(), together),
        Figures.ratio(costs.meanMessagesPerTransaction(), together),
        Cost.of(costs.messagesPerTransaction(), together).parts());
  }

  private static Times over(Latencies latencies, @Nullable Double millis) {
    return new Times(
        Figures.ratio(latencies.p50(), millis),
        Figures.ratio(latencies.p90(), millis),
        Figures.ratio(latencies.p99(), millis),
        Figures.ratio(latencies.p999(), millis),
        Figures.ratio(latencies.max(), millis));
  }

  /** Memory over that of all parts when they had just started. */
  static Cost memory(Map<String, Long> residentMiB, Baseline baseline) {
    return Cost.of(residentMiB, (double) baseline.residentMiB());
  }

  /** Times over that of creating and starting one database. */
  static @Nullable Double start(double seconds, Baseline baseline) {
    return Figures.ratio(seconds, baseline.databaseStartSeconds());
  }

  /** Processor time while there is nothing to do: as much as this number of hops a second takes. */
  static Cost idle(Map<String, Double> corePercent, Baseline baseline) {
    return Cost.of(corePercent, baseline.hop().cpuMicrosPerRow() / 10_000);
  }

  /**
   * From a burst's start to its last order's end, over the time of these orders' batched writes.
   */
  static @Nullable Double ended(BenchReport.Burst burst, Baseline baseline) {
    Double alone =
        Figures.ratio((double) burst.ended(), baseline.postgres().orderWritesBatchedPerSecond());
    return Figures.ratio(burst.endedAfterSeconds(), alone);
  }
}
