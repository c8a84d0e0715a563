package dev.converge.edge;

/**
 * The bound of retries at the same time. Without it, a failure that affects all requests would
 * multiply the load of the replicas that are left.
 *
 * @param percent of the requests in flight
 * @param least retries that are admitted however few requests are in flight
 */
record RetryBudget(int percent, int least) {
  static final RetryBudget STANDARD = new RetryBudget(20, 10);

  boolean admits(int retriesInFlight, int requestsInFlight) {
    return retriesInFlight < Math.max(least, requestsInFlight * percent / 100);
  }
}
