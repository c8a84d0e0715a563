package dev.converge.lab.history;

/**
 * What the client is asked to do.
 *
 * @param orderApi where orders are posted, without the path
 * @param seed of the orders and of what is done with them
 * @param run sets the keys of this run apart from those of others with the same seed
 * @param ordersPerSecond offered, independent of the answers
 * @param burst whom it begins with
 * @param giveUpAfterSeconds for how long an order is sent again until it is given up
 * @param file where the history goes
 */
public record HistoryPlan(
    String orderApi,
    long seed,
    String run,
    double ordersPerSecond,
    ConcurrentBurst burst,
    long giveUpAfterSeconds,
    String file) {}
