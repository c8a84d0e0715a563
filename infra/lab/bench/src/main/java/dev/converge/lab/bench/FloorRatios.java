package dev.converge.lab.bench;

import dev.converge.lab.load.Latencies;
import dev.converge.lab.report.Figures;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A step's figures over their floors, so that they say something on other machines too. Null where
 * a figure or its floor was not measured.
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
record FloorRatios(
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
   * A cost and its parts, over the floor of the whole: the parts add up to it.
   *
   * @param parts by process or database
   */
  record Cost(@Nullable Double total, Map<String, Double> parts) {
    static final Cost NONE = new Cost(null, Map.of());

    static Cost of(Map<String, ? extends Number> values, double floor) {
      Map<String, Double> parts = new LinkedHashMap<>();
      values.forEach(
          (name, value) -> {
            Double ratio = Figures.ratio(value.doubleValue(), floor);
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

  private static final FloorRatios NONE =
      new FloorRatios(
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

  static FloorRatios of(StepReport step, @Nullable Floor floor) {
    if (floor == null) {
      return NONE;
    }
    Cost messages = Cost.of(step.messagesPerTransaction(), PostgresFloor.BATCH);
    return new FloorRatios(
        new Rates(
            Figures.ratio(step.offeredPerSecond(), floor.twoInsertsPerSecond()),
            Figures.ratio(step.acceptedPerSecond(), floor.twoInsertsPerSecond()),
            Figures.ratio(step.completedPerSecond(), floor.twoInsertsPerSecond()),
            Figures.ratio(step.completedPerSecond(), floor.orderWritesPerSecond()),
            Figures.ratio(step.completedPerSecond(), floor.orderWritesBatchedPerSecond())),
        over(step.post(), commitMillis(floor)),
        over(step.completed(), floor.hop().p50()),
        over(step.refused(), commitMillis(floor)),
        Cost.of(step.cpuMillis(), hopsMillis(floor)),
        Figures.ratio(step.generatorCpuMillis(), hopsMillis(floor)),
        Cost.of(step.commits(), 1.0 / PostgresFloor.BATCH),
        Cost.of(step.walBytes(), floor.orderWritesWalBytes()),
        Figures.ratio(step.outboxRows(), (double) HOPS),
        new Batches(
            Figures.ratio(step.ordersPerTransaction(), (double) PostgresFloor.BATCH),
            Figures.ratio(step.meanMessagesPerTransaction(), (double) PostgresFloor.BATCH),
            messages.parts()),
        Figures.ratio((double) step.outboxLagBytes(), floor.orderWritesWalBytes()),
        memory(step.residentMiB(), floor));
  }

  private static double hopsMillis(Floor floor) {
    return HOPS * floor.hopCpuMicrosPerRow() / 1_000;
  }

  private static @Nullable Double commitMillis(Floor floor) {
    return Figures.ratio(1_000.0, floor.twoInsertsOneClientPerSecond());
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
  static Cost memory(Map<String, Long> residentMiB, Floor floor) {
    return Cost.of(residentMiB, (double) floor.residentMiB());
  }

  /** Times over that in which one database alone is made and started. */
  static @Nullable Double start(double seconds, Floor floor) {
    return Figures.ratio(seconds, floor.databaseStartSeconds());
  }

  /** Processor time while there is nothing to do: as much as so many hops a second take. */
  static Cost idle(Map<String, Double> corePercent, Floor floor) {
    return Cost.of(corePercent, floor.hopCpuMicrosPerRow() / 10_000);
  }

  /**
   * From a burst's begin to its last order's end, over the time of these orders' batched writes.
   */
  static @Nullable Double ended(BenchReport.Burst burst, Floor floor) {
    Double alone = Figures.ratio((double) burst.ended(), floor.orderWritesBatchedPerSecond());
    return Figures.ratio(burst.endedAfterSeconds(), alone);
  }
}
