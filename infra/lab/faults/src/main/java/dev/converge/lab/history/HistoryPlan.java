package dev.converge.lab.history;

/**
 * The plan of the client.
 *
 * @param orderApi where orders are posted, without the path
 * @param seed of the orders and of the requests about them
 * @param run distinguishes the keys of this run from those of others with the same seed
 * @param ordersPerSecond offered, independent of the answers
 * @param burst the requests at the start
 * @param giveUpAfterSeconds how long an order is repeated until it is given up
 * @param file of the history
 */
public record HistoryPlan(
    String orderApi,
    long seed,
    String run,
    double ordersPerSecond,
    ConcurrentBurst burst,
    long giveUpAfterSeconds,
    String file) {}
