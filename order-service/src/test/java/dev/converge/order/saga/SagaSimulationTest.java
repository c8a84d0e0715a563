package dev.converge.order.saga;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.testkit.Seed;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Goal: despite delays, repetition and crashes, every order converges, with stock and money to
 * match. Method: a seeded simulation of {@link ThreeSteps} against models of both participants,
 * over topics that behave as Kafka's may, in virtual time.
 */
class SagaSimulationTest {
  private static final int SEEDS = 2_000;

  @Test
  void everyOrderConvergesWithStockAndMoneyToMatch() {
    Set<String> seen = new TreeSet<>();
    Seed.forEach(SEEDS, seed -> new SimulatedSagas(new Random(seed), seen).run());

    if (System.getProperty("converge.seed") == null) {
      assertThat(seen)
          .contains("COMPLETED", "REJECTED", "CANCELLED")
          .contains("OUT_OF_STOCK", "PAYMENT_DECLINED", "PAYMENT_UNAVAILABLE", "TIMED_OUT")
          .contains("STUCK", "cancel refused", "redelivered", "crashed before commit")
          .contains("parked", "SkipRequested", "COMPENSATED_BY_OPERATOR");
    }
  }
}
