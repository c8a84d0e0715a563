package dev.converge.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.testkit.Seed;
import java.util.Random;
import java.util.function.DoublePredicate;
import org.junit.jupiter.api.Test;

/**
 * Goal: the search finds the capacity of a platform, in a bounded number of tries. Method:
 * simulated platforms, of random capacities and with random answers.
 */
class RateSearchTest {
  private static final int MOST_TRIES = 60;

  @Test
  void bestRateIsAtMost8PercentBelowAnyCapacityAndNeverAboveIt() {
    Seed.forEach(
        1_000,
        seed -> {
          Random random = new Random(seed);
          double capacity = 2 * Math.pow(10, random.nextDouble() * 5);
          double first = 1 + random.nextInt(2_000);

          double best = search(first, rate -> rate <= capacity);

          assertThat(best)
              .as("capacity %s, first rate %s", capacity, first)
              .isBetween(capacity * 0.92, capacity);
        });
  }

  @Test
  void searchOfAPlatformWithRandomAnswersIsBounded() {
    Seed.forEach(
        1_000,
        seed -> {
          Random random = new Random(seed);

          double best = search(500, rate -> rate < 10_000 && random.nextBoolean());

          assertThat(best).isBetween(0.0, 10_000.0);
        });
  }

  @Test
  void rateIsNeverTriedTwice() {
    Seed.forEach(
        100,
        seed -> {
          Random random = new Random(seed);
          double capacity = 100 + random.nextInt(10_000);
          double[] last = {Double.NaN};
          search(
              500,
              rate -> {
                assertThat(rate).isNotEqualTo(last[0]).isPositive();
                last[0] = rate;
                return rate <= capacity;
              });
        });
  }

  @Test
  void platformThatSustainsNoRateHasTheRateZero() {
    assertThat(search(500, rate -> false)).isZero();
  }

  private static double search(double first, DoublePredicate keepsUp) {
    RateSearch search = new RateSearch(first);
    for (int tries = 0; !search.isDone(); tries++) {
      assertThat(tries).as("tries").isLessThan(MOST_TRIES);
      search.tried(keepsUp.test(search.next()));
    }
    return search.best();
  }
}
