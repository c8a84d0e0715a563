package dev.converge.lab.load;

/**
 * The number of orders that a step offered, by outcome.
 *
 * @param accepted answered 202 or 201
 * @param shed answered 429 or 503 with Retry-After
 * @param failed not answered, or answered otherwise
 * @param waitsTimedOut of those accepted, requested their end and answered 202: {@link
 *     Timings#completed} has the time they waited, which is less than they took
 */
public record OrderCounts(long offered, long accepted, long shed, long failed, long waitsTimedOut) {
  static OrderCounts of(long offered, long accepted, long shed, long waitsTimedOut) {
    return new OrderCounts(offered, accepted, shed, offered - accepted - shed, waitsTimedOut);
  }

  OrderCounts plus(OrderCounts other) {
    return new OrderCounts(
        offered + other.offered,
        accepted + other.accepted,
        shed + other.shed,
        failed + other.failed,
        waitsTimedOut + other.waitsTimedOut);
  }
}
