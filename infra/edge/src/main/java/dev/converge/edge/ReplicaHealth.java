package dev.converge.edge;

/**
 * The health of one replica. Health checks decide it; between two checks, connections that fail
 * suspend it. An answer never does: 503 from a service is shedding, not sickness.
 *
 * @param isUp whether the last checks passed
 * @param failedChecks in succession
 * @param failedConnections in succession
 * @param isSuspended whether failed connections exclude it until a check passes
 */
record ReplicaHealth(boolean isUp, int failedChecks, int failedConnections, boolean isSuspended) {
  /** Failed checks in succession that exclude a replica. One lost answer does not. */
  static final int CHECKS_TO_EXCLUDE = 2;

  /** Failed connections in succession that exclude a replica. */
  static final int CONNECTIONS_TO_EXCLUDE = 3;

  /** A replica that was never checked is not available. */
  static final ReplicaHealth UNCHECKED = new ReplicaHealth(false, 0, 0, false);

  boolean isAvailable() {
    return isUp && !isSuspended;
  }

  ReplicaHealth checkPassed() {
    return new ReplicaHealth(true, 0, 0, false);
  }

  ReplicaHealth checkFailed() {
    int failed = failedChecks + 1;
    return new ReplicaHealth(
        isUp && failed < CHECKS_TO_EXCLUDE, failed, failedConnections, isSuspended);
  }

  ReplicaHealth connected() {
    return failedConnections == 0 ? this : new ReplicaHealth(isUp, failedChecks, 0, isSuspended);
  }

  /**
   * @param mayBeSuspended whether another replica can get the requests
   */
  ReplicaHealth connectionFailed(boolean mayBeSuspended) {
    int failed = failedConnections + 1;
    boolean suspended = isSuspended || (mayBeSuspended && failed >= CONNECTIONS_TO_EXCLUDE);
    return new ReplicaHealth(isUp, failedChecks, failed, suspended);
  }
}
