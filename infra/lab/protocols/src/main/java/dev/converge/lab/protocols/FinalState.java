package dev.converge.lab.protocols;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.converge.lab.protocols.OrderEffects.Divergence;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The contents of the databases once nothing is in progress.
 *
 * @param quiescentSeconds from the end of the load until nothing was in progress; null for never
 * @param inProgress what was, if it never ended
 * @param divergent orders by how their effects disagree
 * @param counterexamples each of them, up to 1,000
 * @param brokenAnswers answers that the databases contradict: complete without all effects,
 *     rejected with one, accepted or rejected without an order
 * @param inDoubt branches that still wait for a decision
 * @param findings of the checker about the databases; empty for a protocol that does not promise
 *     exact effects
 */
record FinalState(
    @Nullable Double quiescentSeconds,
    List<String> inProgress,
    int orders,
    int whole,
    Map<Divergence, Integer> divergent,
    List<OrderEffects> counterexamples,
    int brokenAnswers,
    int inDoubt,
    Sums sums,
    List<String> findings) {
  private static final int MAX_COUNTEREXAMPLES = 1_000;

  /**
   * Sums over the items and wallets of the protocol.
   *
   * @param received units of stock in all; each is on the shelf, reserved or shipped
   * @param ordered units in orders that are complete
   * @param deposited money in all; it is in the wallets, held or spent
   * @param owed by orders that are complete
   */
  record Sums(
      long received,
      long onShelf,
      long reserved,
      long shipped,
      long ordered,
      long deposited,
      long balance,
      long held,
      long owed) {
    /** The same with the orders that are complete. */
    Sums withOrders(long units, long money) {
      return new Sums(received, onShelf, reserved, shipped, units, deposited, balance, held, money);
    }

    /** Whether stock and money left exactly for the orders that are complete. */
    @JsonProperty
    boolean isExact() {
      return onShelf >= 0
          && reserved == 0
          && held == 0
          && shipped == ordered
          && received == onShelf + shipped
          && deposited == balance + owed;
    }
  }

  /** Counts orders by how their effects disagree. */
  static Map<Divergence, Integer> divergent(List<OrderEffects> orders) {
    Map<Divergence, Integer> counts = new EnumMap<>(Divergence.class);
    for (OrderEffects order : orders) {
      Divergence found = order.divergence();
      if (found != null) {
        counts.merge(found, 1, Integer::sum);
      }
    }
    return counts;
  }

  /** The divergent orders. */
  static List<OrderEffects> counterexamples(List<OrderEffects> orders) {
    return orders.stream()
        .filter(order -> order.divergence() != null)
        .limit(MAX_COUNTEREXAMPLES)
        .toList();
  }

  /**
   * Answers that the databases contradict.
   *
   * @param orders by id, those that have an effect
   * @param stored the ids of all orders
   */
  static int brokenAnswers(
      List<OrderAttempt> attempts, Map<String, OrderEffects> orders, Set<String> stored) {
    int broken = 0;
    for (OrderAttempt attempt : attempts) {
      String id = attempt.orderId();
      if (id != null && isBroken(attempt, orders.get(id), stored.contains(id))) {
        broken++;
      }
    }
    return broken;
  }

  private static boolean isBroken(
      OrderAttempt attempt, @Nullable OrderEffects found, boolean isStored) {
    if (attempt.isCompleted()) {
      return found == null || !found.isWhole();
    }
    if (attempt.isRejected()) {
      return !isStored || found != null;
    }
    // Later it may have ended in any way, but it must be there.
    return attempt.isOk() && !isStored;
  }

  /** Divergent orders of all kinds. */
  @JsonProperty
  int divergentOrders() {
    return divergent.values().stream().mapToInt(Integer::intValue).sum();
  }
}
