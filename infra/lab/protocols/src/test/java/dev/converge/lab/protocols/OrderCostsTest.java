package dev.converge.lab.protocols;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: one sample with a checkpoint changes no figure. Method: counters in memory. */
class OrderCostsTest {
  private static OrderCosts sample(long commits, long logBytes, boolean usesQuorum) {
    Counters counters = new Counters(commits, logBytes, 60, 500, new QuorumCounters(100, 80));
    return OrderCosts.of(counters, 10, usesQuorum);
  }

  @Test
  void medianOfEachResourceIsTaken() {
    List<OrderCosts> samples =
        List.of(sample(110, 70_000, true), sample(90, 65_000, true), sample(100, 900_000, true));

    assertThat(OrderCosts.median(samples)).isEqualTo(new OrderCosts(10, 7_000, 6, 10.0, 8.0, 50));
  }

  @Test
  void protocolWithoutAQuorumHasNoFiguresOfIt() {
    assertThat(OrderCosts.median(List.of(sample(100, 70_000, false))))
        .isEqualTo(new OrderCosts(10, 7_000, 6, null, null, 50));
  }
}
