package dev.converge.lab.history;

/**
 * What the client is asked to do.
 *
 * @param orderApi where orders are posted, without the path
 * @param seed of the orders and of what is done with them
 * @param run sets the keys of this run apart from those of others with the same seed
 * @param ordersPerSecond offered, whatever the answers are
 * @param contended how many orders it begins with, all at once, of one unit of the same item
 * @param patienceSeconds for how long an order is sent again until it is given up
 * @param file where the history goes
 */
public record HistoryPlan(
    String orderApi,
    long seed,
    String run,
    double ordersPerSecond,
    int contended,
    long patienceSeconds,
    String file) {}
