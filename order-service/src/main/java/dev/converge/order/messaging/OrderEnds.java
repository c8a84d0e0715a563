package dev.converge.order.messaging;

import dev.converge.order.saga.ParticipantMessages;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The ids of ended orders, from the topic of their events. */
public final class OrderEnds {
  /** Each of its records announces the end of the order that its key names. */
  public static final String TOPIC = ParticipantMessages.ORDER_EVENTS;

  private OrderEnds() {}

  /** The ids that the keys of some records name. Other keys are foreign records, and ignored. */
  public static List<UUID> of(List<String> keys) {
    List<UUID> orderIds = new ArrayList<>(keys.size());
    for (String key : keys) {
      try {
        orderIds.add(UUID.fromString(key));
      } catch (IllegalArgumentException e) {
        // No request waits for an order of this name.
      }
    }
    return orderIds;
  }
}
