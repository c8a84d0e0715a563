package dev.converge.lab.load;

/**
 * The times of a step's requests.
 *
 * @param post POST to its answer
 * @param completed POST to the terminal state, of the orders that asked for it
 * @param refused POST to 429 or 503
 */
public record Timings(Latencies post, Latencies completed, Latencies refused) {}
