package dev.converge.edge;

import java.util.Set;

/** Decides which requests are sent to another replica when one gives no response. */
final class RetryRules {
  /** Attempts of one request, the first included. */
  static final int MOST_ATTEMPTS = 3;

  /** The largest body that is kept for another attempt: the services accept no larger one. */
  static final int MOST_BODY_BYTES = 65_536;

  /** An attempt that cannot last this long is not begun. */
  static final long LEAST_MILLIS = 100;

  private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD", "OPTIONS");

  /** Paths whose POST the service deduplicates by its key. */
  private static final Set<String> DEDUPLICATED_PATHS = Set.of("/orders");

  private RetryRules() {}

  /**
   * Whether to send the same request twice has the effect of sending it once.
   *
   * @param hasKey whether it has an Idempotency-Key
   */
  static boolean isRepeatable(String method, String path, boolean hasKey) {
    return SAFE_METHODS.contains(method)
        || (method.equals("POST") && hasKey && DEDUPLICATED_PATHS.contains(path));
  }

  /** Whether the body can be kept: it is declared, and small enough. */
  static boolean isKept(long declaredBytes) {
    return declaredBytes >= 0 && declaredBytes <= MOST_BODY_BYTES;
  }

  /**
   * Whether a request is sent again. An answer is never a reason, 503 included: a service that
   * sheds load would get more of it.
   *
   * @param attempts so far
   * @param isWithinBudget whether the {@link RetryBudget} admits another retry
   * @param leftMillis until the deadline of the request
   */
  static boolean isRetried(
      Failure failure,
      boolean isRepeatable,
      int attempts,
      boolean isWithinBudget,
      long leftMillis) {
    return failure.isOfTheReplica()
        && isRepeatable
        && attempts < MOST_ATTEMPTS
        && isWithinBudget
        && leftMillis >= LEAST_MILLIS;
  }
}
