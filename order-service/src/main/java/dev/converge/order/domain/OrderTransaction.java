package dev.converge.order.domain;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The transaction that ended an order without a saga.
 *
 * @param gid its name in every database
 * @param isCommitted whether the decision was commit
 * @param votes of each participant: {@code PREPARED}, the reason of a refusal, {@code NO_ANSWER},
 *     or {@code NOT_AWAITED} if another participant had refused before
 */
public record OrderTransaction(
    OrderProtocol protocol, String gid, boolean isCommitted, Map<String, String> votes) {
  public OrderTransaction {
    votes = Collections.unmodifiableMap(new TreeMap<>(votes));
  }

  /** The decision. */
  public String decision() {
    return isCommitted ? "COMMIT" : "ABORT";
  }
}
