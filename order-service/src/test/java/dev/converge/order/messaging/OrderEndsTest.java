package dev.converge.order.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Goal: keys of events name ended orders, and foreign keys name none. */
class OrderEndsTest {
  @Test
  void keysOfEventsAreTheIdsOfEndedOrders() {
    UUID first = new UUID(1, 1);
    UUID second = new UUID(2, 2);

    assertThat(OrderEnds.of(List.of(first.toString(), second.toString())))
        .containsExactly(first, second);
  }

  @Test
  void keysThatAreNoIdsAreIgnored() {
    UUID known = new UUID(1, 1);

    assertThat(OrderEnds.of(List.of("", "an order", known.toString(), "\u0000")))
        .containsExactly(known);
  }
}
