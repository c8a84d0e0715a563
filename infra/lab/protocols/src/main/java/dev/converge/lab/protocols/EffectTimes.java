package dev.converge.lab.protocols;

import dev.converge.lab.protocols.FaultResult.Effect;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** When orders were placed, and when their clients and their effects ended. Pure. */
final class EffectTimes {
  private static final int MILLIS_SHIFT = 16;

  private EffectTimes() {}

  /**
   * The times of the orders that have an effect, since the load began.
   *
   * @param orderIds of orders whose client may not know them, by key
   */
  static List<Effect> of(
      List<OrderAttempt> attempts,
      Map<String, OrderEffects> orders,
      Map<String, String> orderIds,
      long beginMicros) {
    Map<String, OrderAttempt> byId = new HashMap<>();
    for (OrderAttempt attempt : attempts) {
      String id = attempt.orderId() == null ? orderIds.get(attempt.key()) : attempt.orderId();
      if (id != null) {
        byId.put(id, attempt);
      }
    }
    List<Effect> effects = new ArrayList<>();
    for (OrderEffects order : orders.values()) {
      effects.add(of(order, byId.get(order.orderId()), beginMicros));
    }
    return effects;
  }

  private static Effect of(OrderEffects order, @Nullable OrderAttempt attempt, long beginMicros) {
    Long last = order.lastMicros();
    Double lastMillis = last == null ? null : (Double) ((last - beginMicros) / 1_000.0);
    if (attempt != null) {
      return new Effect(attempt.intendedMillis(), attempt.answeredMillis(), lastMillis);
    }
    double placed = placedMillis(order.orderId()) - beginMicros / 1_000.0;
    return new Effect(placed, placed + OrderClient.GIVES_UP_AFTER.toMillis(), lastMillis);
  }

  /** An order's id is a UUIDv7, which begins with the time at which the order was received. */
  private static long placedMillis(String orderId) {
    return UUID.fromString(orderId).getMostSignificantBits() >>> MILLIS_SHIFT;
  }
}
