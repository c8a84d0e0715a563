package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CountersTest {
  @Test
  void countsOfAnIdlePlatformAreNotThoseOfItsOrders() {
    Counters idle = new Counters(40, 1_000, 8, 100, new QuorumCounters(6, 0));
    Counters loaded = new Counters(300, 9_000, 60, 900, new QuorumCounters(45, 20));

    assertThat(loaded.beyond(idle, 2.5))
        .isEqualTo(new Counters(200, 6_500, 40, 650, new QuorumCounters(30, 20)));
  }
}
