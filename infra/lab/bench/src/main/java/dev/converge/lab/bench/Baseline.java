package dev.converge.lab.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.converge.lab.load.Latencies;

/**
 * The limits of the machine, measured in the same run. Its JSON is flat: the groups are Java's
 * alone.
 *
 * @param databaseStartSeconds until one database alone is created, started and answers
 * @param residentMiB memory of all parts together when they had just started
 */
record Baseline(
    double databaseStartSeconds,
    @JsonUnwrapped Postgres postgres,
    @JsonUnwrapped Hop hop,
    long residentMiB) {

  /**
   * PostgreSQL alone.
   *
   * @param twoInsertsPerSecond transactions of two single-row inserts, 16 clients
   * @param twoInsertsOneClientPerSecond the same with one client
   * @param orderWritesPerSecond orders whose every row, over all three services, is written in one
   *     transaction each, 16 clients
   * @param orderWritesBatchedPerSecond the same, 64 orders a transaction
   * @param orderWritesWalBytes bytes of log an order of those
   */
  record Postgres(
      double twoInsertsPerSecond,
      double twoInsertsOneClientPerSecond,
      double orderWritesPerSecond,
      double orderWritesBatchedPerSecond,
      double orderWritesWalBytes) {}

  /**
   * One hop: an outbox, Debezium, Kafka and a consumer.
   *
   * @param latencies append to an outbox until a consumer has the message, 20 a second
   * @param rowsPerSecond messages that pass at full speed
   * @param cpuMicrosPerRow CPU of PostgreSQL, Connect and the broker for each of those
   */
  record Hop(
      @JsonProperty("hop") Latencies latencies,
      @JsonProperty("hopRowsPerSecond") double rowsPerSecond,
      @JsonProperty("hopCpuMicrosPerRow") double cpuMicrosPerRow) {}
}
