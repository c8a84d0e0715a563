package dev.converge.lab.bench;

import dev.converge.lab.load.Latencies;
import dev.converge.lab.report.Figures;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A step's figures over their baselines, so that they say something on other machines too. Null
 * where a figure or its baseline was not measured.
 *
 * @param rates orders a second
 * @param post from POST to its answer, over the mean of one commit with one client
 * @param end from POST to the end, over the median of one hop, which one stall does not spoil
 * @param refused from POST to 429 or 503, over the mean of one commit
 * @param cpu processor time an order, over that of its {@value #HOPS} hops at full speed
 * @param generatorCpu the load generator's, over the same
 * @param commits commits an order, over those of the batched writes
 * @param wal bytes of log an order, over those of the batched writes
 * @param outboxRows outbox rows an order, over the {@value #HOPS} messages it needs
 * @param batches what shares a transaction
 * @param lag log that Debezium had not confirmed, in orders of the batched writes
 * @param memory resident memory, over that of all parts when they had just started
 */
record BaselineRatios(
    Rates rates,
    Times post,
    Times end,
    Times refused,
    Cost cpu,
    @Nullable Double generatorCpu,
    Cost commits,
    Cost wal,
    @Nullable Double outboxRows,
    Batches batches,
    @Nullable Double lag,
    Cost memory) {
  /** Messages that a completed order sends: three commands, three replies and an event. */
  static final int HOPS = 7;

  /**
   * Orders a second, over two-insert transactions a second; those that were completed also over
   * what PostgreSQL alone reaches with the writes of an order.
   *
   * @param singleWrites completed, over the orders a second that writes one by one reach
   * @param batchedWrites completed, over the orders a second that batched writes reach
   */
  record Rates(
      @Nullable Double offered,
      @Nullable Double accepted,
      @Nullable Double completed,
      @Nullable Double singleWrites,
      @Nullable Double batchedWrites) {}

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
          Times.NONE,
          Times.NONE,
          Times.NONE,
          Cost.NONE,
          null,
          Cost.NONE,
          Cost.NONE,
          null,
          new Batches(null, null, Map.of()),
          null,
          Cost.NONE);

  static BaselineRatios of(StepReport step, @Nullable Baseline baseline) {
    if (baseline == null) {
      return NONE;
    }
    Cost messages = Cost.of(step.messagesPerTransaction(), PostgresBaseline.BATCH);
    return new BaselineRatios(
        new Rates(
            Figures.ratio(step.offeredPerSecond(), baseline.twoInsertsPerSecond()),
            Figures.ratio(step.acceptedPerSecond(), baseline.twoInsertsPerSecond()),
            Figures.ratio(step.completedPerSecond(), baseline.twoInsertsPerSecond()),
            Figures.ratio(step.completedPerSecond(), baseline.orderWritesPerSecond()),
            Figures.ratio(step.completedPerSecond(), baseline.orderWritesBatchedPerSecond())),
        over(step.post(), commitMillis(baseline)),
        over(step.completed(), baseline.hop().p50()),
        over(step.refused(), commitMillis(baseline)),
        Cost.of(step.cpuMillis(), hopsMillis(baseline)),
        Figures.ratio(step.generatorCpuMillis(), hopsMillis(baseline)),
        Cost.of(step.commits(), 1.0 / PostgresBaseline.BATCH),
        Cost.of(step.walBytes(), baseline.orderWritesWalBytes()),
        Figures.ratio(step.outboxRows(), (double) HOPS),
        new Batches(
            Figures.ratio(step.ordersPerTransaction(), (double) PostgresBaseline.BATCH),
            Figures.ratio(step.meanMessagesPerTransaction(), (double) PostgresBaseline.BATCH),
            messages.parts()),
        Figures.ratio((double) step.outboxLagBytes(), baseline.orderWritesWalBytes()),
        memory(step.residentMiB(), baseline));
  }

  private static double hopsMillis(Baseline baseline) {
    return HOPS * baseline.hopCpuMicrosPerRow() / 1_000;
  }

  private static @Nullable Double commitMillis(Baseline baseline) {
    return Figures.ratio(1_000.0, baseline.twoInsertsOneClientPerSecond());
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

  /** Times over that in which one database alone is made and started. */
  static @Nullable Double start(double seconds, Baseline baseline) {
    return Figures.ratio(seconds, baseline.databaseStartSeconds());
  }

  /** Processor time while there is nothing to do: as much as this number of hops a second takes. */
  static Cost idle(Map<String, Double> corePercent, Baseline baseline) {
    return Cost.of(corePercent, baseline.hopCpuMicrosPerRow() / 10_000);
  }

  /**
   * From a burst's begin to its last order's end, over the time of these orders' batched writes.
   */
  static @Nullable Double ended(BenchReport.Burst burst, Baseline baseline) {
    Double alone = Figures.ratio((double) burst.ended(), baseline.orderWritesBatchedPerSecond());
    return Figures.ratio(burst.endedAfterSeconds(), alone);
  }
}
