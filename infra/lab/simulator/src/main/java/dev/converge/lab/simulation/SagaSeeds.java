package dev.converge.lab.simulation;

import java.util.Optional;

/** Runs the saga's simulator for a comparison with the commit protocols. */
public final class SagaSeeds {
  private SagaSeeds() {}

  /** The first violation in a range of seeds. */
  public static Optional<String> firstViolation(long first, int seeds) {
    for (long seed = first; seed < first + seeds; seed++) {
      Optional<String> violation = Simulation.run(seed).violation();
      if (violation.isPresent()) {
        return violation;
      }
    }
    return Optional.empty();
  }
}
