package dev.converge.lab.load;

/**
 * The plan of a step.
 *
 * @param name of the step in reports
 * @param ordersPerSecond offered, independent of the answers; 0 for a closed loop
 * @param clients of a closed loop: each sends its next order when the last is answered; 0 otherwise
 * @param millis its length
 * @param waitShare the share of orders that request their outcome with {@code Prefer: wait}: they
 *     time POST to terminal state, the others time POST alone
 */
public record LoadPlan(
    String name, double ordersPerSecond, int clients, long millis, double waitShare) {
  /** An open loop: orders are sent at a rate, independent of the answers. */
  public static LoadPlan open(String name, double ordersPerSecond, long millis) {
    // One outcome in twenty, or some twenty a second, are enough for percentiles; each holds a
    // connection meanwhile.
    double waitShare = Math.max(0.05, Math.min(0.5, 20 / ordersPerSecond));
    return new LoadPlan(name, ordersPerSecond, 0, millis, waitShare);
  }

  /** Clients that send as fast as they are answered; two more wait for their outcomes. */
  public static LoadPlan closed(String name, int clients, long millis) {
    return new LoadPlan(name, 0, clients, millis, 0);
  }
}
