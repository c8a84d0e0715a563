package dev.converge.lab.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.simulation.Simulation.Run;
import dev.converge.testkit.Seed;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: every order converges under loss, delay, duplication, reordering and crashes, and the
 * simulator detects it if one does not. Method: many seeds with their own faults; and deliberate
 * mistakes, each of which must be detected.
 */
class SimulationTest {
  private static final int SEEDS_FOR_COVERAGE = 20_000;
  private static final int SEEDS = Integer.getInteger("converge.simulations", SEEDS_FOR_COVERAGE);
  private static final int SEEDS_TWICE = 200;
  private static final int SEEDS_TO_FIND_A_MISTAKE = 5_000;

  @Tag("scaled")
  @Test
  void everyOrderConvergesUnderEveryMixOfFaults() {
    Coverage coverage = new Coverage();
    AtomicLong runs = new AtomicLong();
    Seed.forEach(
        SEEDS,
        seed -> {
          if (runs.getAndIncrement() == 0) {
            System.out.println("simulation: first seed " + seed);
          }
          Run run = Simulation.run(seed);
          coverage.add(run.coverage());
          run.violation()
              .ifPresent(
                  violation -> {
                    throw new AssertionError(violation);
                  });
        });
    System.out.println(
        "simulation: " + runs + " seeds, " + coverage.steps() + " events, " + coverage);

    if (runs.get() >= SEEDS_FOR_COVERAGE) {
      assertThat(coverage.missing()).as("coverage points that were never reached").isEmpty();
    }
  }

  @Test
  void sameSeedGivesTheSameTrace() {
    Set<String> digests = new HashSet<>();
    Seed.forEach(
        SEEDS_TWICE,
        seed -> {
          String digest = Simulation.run(seed).trace().digest();
          assertThat(Simulation.run(seed).trace().digest()).isEqualTo(digest);
          assertThat(digests.add(digest)).as("another seed, another trace").isTrue();
        });
  }

  @ParameterizedTest
  @EnumSource
  void everyMistakeIsFound(Broken mistake) {
    long first = Seed.one();
    for (long seed = first; seed < first + SEEDS_TO_FIND_A_MISTAKE; seed++) {
      Run run = Simulation.run(seed, mistake);
      if (run.violation().isPresent()) {
        String found = run.violation().get().lines().findFirst().orElse("");
        System.out.println(
            "simulation: " + mistake + ": " + (seed - first + 1) + " seeds, " + found);
        return;
      }
    }
    throw new AssertionError(
        mistake + " was not found in " + SEEDS_TO_FIND_A_MISTAKE + " seeds from " + first);
  }

  @Test
  void runWithoutWorkIsReported() {
    assertThat(new Coverage().missing()).containsAll(EnumSet.allOf(CoveragePoint.class));
  }
}
