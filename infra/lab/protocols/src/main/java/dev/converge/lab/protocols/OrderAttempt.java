package dev.converge.lab.protocols;

import org.jspecify.annotations.Nullable;

/**
 * An order as its client saw it. Times are in milliseconds since the load began.
 *
 * @param key by which the order service recognizes the order
 * @param intendedMillis when it was meant to be sent: a stall counts for all that had to wait
 * @param status of the last answer; 0 if there was none
 * @param requests sent, with the same key
 * @param state of the order in the answer
 */
record OrderAttempt(
    String key,
    double intendedMillis,
    double answeredMillis,
    int status,
    int requests,
    @Nullable String orderId,
    @Nullable String state) {
  /** Whether it was accepted or completed. */
  boolean isOk() {
    return status == 201 || status == 202;
  }

  /** Whether the client was answered that the order is complete. */
  boolean isCompleted() {
    return status == 201 && "COMPLETED".equals(state);
  }

  /** Whether the client was answered that the order is rejected. */
  boolean isRejected() {
    return status == 201 && "REJECTED".equals(state);
  }

  double millis() {
    return answeredMillis - intendedMillis;
  }
}
