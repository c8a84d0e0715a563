package dev.converge.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.console.EventRing.Event;
import org.junit.jupiter.api.Test;

/**
 * Goal: a reader that comes back misses no event, or learns that it does. Method: rings with small
 * bounds.
 */
class EventRingTest {
  @Test
  void eventsAfterOneAreInOrder() {
    EventRing ring = new EventRing(10, 1_000);
    ring.append("a", "1");
    ring.append("b", "2");
    ring.append("c", "3");

    assertThat(ring.after(1).orElseThrow()).extracting(Event::name).containsExactly("b", "c");
    assertThat(ring.after(3).orElseThrow()).isEmpty();
    assertThat(ring.after(0).orElseThrow()).hasSize(3);
  }

  @Test
  void eventsThatHaveLeftAreNotReplaced() {
    EventRing ring = new EventRing(2, 1_000);
    for (int i = 0; i < 5; i++) {
      ring.append("e", "x");
    }

    assertThat(ring.after(2)).isEmpty();
    assertThat(ring.after(3).orElseThrow()).hasSize(2);
  }

  @Test
  void sizeIsBounded() {
    EventRing ring = new EventRing(100, 10);
    ring.append("e", "12345678");
    ring.append("e", "12345678");

    assertThat(ring.after(0)).isEmpty();
    assertThat(ring.after(1).orElseThrow()).hasSize(1);
  }

  @Test
  void numberOfAnotherRingIsUnknown() {
    assertThat(new EventRing(2, 10).after(7)).isEmpty();
    assertThat(new EventRing(2, 10).after(0).orElseThrow()).isEmpty();
  }

  @Test
  void frameIsThatOfServerSentEvents() {
    assertThat(new Event(4, "parts", "{}").frame("e1"))
        .isEqualTo("id: e1-4\nevent: parts\ndata: {}\n\n");
  }
}
