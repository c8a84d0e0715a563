package dev.converge.lab.bench;

import dev.converge.lab.load.Latencies;

/**
 * What the machine can do at all, measured in the same run.
 *
 * @param databaseStartSeconds until one database alone is made, started and answers
 * @param twoInsertsPerSecond transactions of two single-row inserts, 16 clients, PostgreSQL alone
 * @param twoInsertsOneClientPerSecond the same with one client
 * @param orderWritesPerSecond orders whose every row, over all three services, is written in one
 *     transaction each, 16 clients
 * @param orderWritesBatchedPerSecond the same, 64 orders a transaction
 * @param orderWritesWalBytes bytes of log an order of those
 * @param hop append to an outbox until a consumer has the message, 20 a second
 * @param hopRowsPerSecond messages that pass one outbox, Debezium and Kafka at full speed
 * @param hopCpuMicrosPerRow CPU of PostgreSQL, Connect and the broker for each of those
 * @param residentMiB memory of all parts together when they had just started
 */
record Baseline(
    double databaseStartSeconds,
    double twoInsertsPerSecond,
    double twoInsertsOneClientPerSecond,
    double orderWritesPerSecond,
    double orderWritesBatchedPerSecond,
    double orderWritesWalBytes,
    Latencies hop,
    double hopRowsPerSecond,
    double hopCpuMicrosPerRow,
    long residentMiB) {}
