package dev.converge.lab.bench;

import dev.converge.lab.report.Figures;
import org.jspecify.annotations.Nullable;

/**
 * A step's figures over their floors, so that they say something on other machines too. Null where
 * either was not measured.
 *
 * @param accepted orders accepted a second, over two-insert transactions a second
 * @param throughput orders completed a second, over the same
 * @param singleThroughput the same, over the orders a second that writes one by one reach
 * @param batchedThroughput the same, over the orders a second that batched writes reach
 * @param post the median of POST, over the mean of one commit with one client
 * @param postP99 the 99th percentile of POST, over the same
 * @param postP999 the 99.9th percentile of POST, over the same
 * @param end the median from POST to the end, over one hop
 * @param endP99 the 99th percentile from POST to the end, over that of one hop
 * @param endP999 the 99.9th percentile from POST to the end, over that of one hop
 * @param cpu processor time an order, over that of its {@value #HOPS} hops at full speed
 * @param commits commits an order, over those of the batched writes
 * @param wal bytes of log an order, over those of the batched writes
 * @param outboxRows outbox rows an order, over the {@value #HOPS} messages it needs
 * @param transaction orders a transaction, over those of the batched writes
 * @param messages messages a transaction, the mean of all consumers, over the same
 * @param lag log that Debezium had not confirmed, in orders of the batched writes
 * @param memory resident memory, over that of the parts when they had just started
 */
record FloorRatios(
    @Nullable Double accepted,
    @Nullable Double throughput,
    @Nullable Double singleThroughput,
    @Nullable Double batchedThroughput,
    @Nullable Double post,
    @Nullable Double postP99,
    @Nullable Double postP999,
    @Nullable Double end,
    @Nullable Double endP99,
    @Nullable Double endP999,
    @Nullable Double cpu,
    @Nullable Double commits,
    @Nullable Double wal,
    @Nullable Double outboxRows,
    @Nullable Double transaction,
    @Nullable Double messages,
    @Nullable Double lag,
    @Nullable Double memory) {
  /** Messages that a completed order sends: three commands, three replies and an event. */
  static final int HOPS = 7;

  private static final FloorRatios NONE =
      new FloorRatios(
          null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
          null, null, null);

  static FloorRatios of(StepReport step, @Nullable Floor floor) {
    if (floor == null) {
      return NONE;
    }
    Double commitMillis = Figures.ratio(1_000.0, floor.twoInsertsOneClientPerSecond());
    return new FloorRatios(
        Figures.ratio(step.acceptedPerSecond(), floor.twoInsertsPerSecond()),
        Figures.ratio(step.completedPerSecond(), floor.twoInsertsPerSecond()),
        Figures.ratio(step.completedPerSecond(), floor.orderWritesPerSecond()),
        Figures.ratio(step.completedPerSecond(), floor.orderWritesBatchedPerSecond()),
        Figures.ratio(step.post().p50(), commitMillis),
        Figures.ratio(step.post().p99(), commitMillis),
        Figures.ratio(step.post().p999(), commitMillis),
        Figures.ratio(step.completed().p50(), floor.hop().p50()),
        Figures.ratio(step.completed().p99(), floor.hop().p99()),
        Figures.ratio(step.completed().p999(), floor.hop().p999()),
        Figures.ratio(step.totalCpuMillis(), HOPS * floor.hopCpuMicrosPerRow() / 1_000),
        Figures.ratio(step.totalCommits(), 1.0 / PostgresFloor.BATCH),
        Figures.ratio(step.totalWalBytes(), floor.orderWritesWalBytes()),
        Figures.ratio(step.outboxRows(), (double) HOPS),
        Figures.ratio(step.ordersPerTransaction(), (double) PostgresFloor.BATCH),
        Figures.ratio(
            Figures.sum(step.messagesPerTransaction().values()),
            (double) PostgresFloor.BATCH * step.messagesPerTransaction().size()),
        Figures.ratio((double) step.outboxLagBytes(), floor.orderWritesWalBytes()),
        Figures.ratio((double) step.totalResidentMiB(), (double) floor.residentMiB()));
  }
}
