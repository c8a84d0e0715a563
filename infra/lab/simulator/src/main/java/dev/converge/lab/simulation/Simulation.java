package dev.converge.lab.simulation;

import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs one seed: first with faults, then without until the system is quiescent. Then all invariants
 * must hold.
 */
final class Simulation {
  private static final int STEPS_WITH_FAULTS = 1_000;
  private static final int STEPS_UNTIL_QUIESCENT = 100_000;
  private static final int OPERATOR_ROUNDS = 100;
  private static final int OPERATOR_CHECKS_EVERY = 100;

  private Simulation() {}

  /**
   * The result of a seed.
   *
   * @param violation the invariant that does not hold, and the timeline of its order
   */
  record Run(long seed, Trace trace, Coverage coverage, Optional<String> violation) {}

  static Run run(long seed) {
    return run(seed, null);
  }

  /** Runs a seed, with a deliberate mistake if one is given. */
  static Run run(long seed, @Nullable Broken broken) {
    return run(seed, broken, SimulatedSaga.PLACE_ORDER);
  }

  static Run run(long seed, @Nullable Broken broken, SimulatedSaga saga) {
    World world = new World(seed, broken, saga);
    Optional<String> violation = Optional.empty();
    try {
      new Course(world, new Operator(world)).run();
      Invariants.whenQuiescent(world);
    } catch (Violation e) {
      violation = Optional.of(counterexample(seed, world, e));
    }
    world.coverage().ran(world.schedule().steps(), world.schedule().nowMillis());
    return new Run(seed, world.trace(), world.coverage(), violation);
  }

  private static String counterexample(long seed, World world, Violation violation) {
    return "seed "
        + seed
        + " violates "
        + violation.getMessage()
        + "\n  "
        + String.join("\n  ", world.trace().timeline(violation.order()));
  }

  /** The phases of a run. */
  private record Course(World world, Operator operator) {
    void run() {
      Schedule schedule = world.schedule();
      while (schedule.steps() < STEPS_WITH_FAULTS && schedule.step()) {
        world.requireNoBug();
        world.injectFaults();
        operatorChecks();
      }
      world.faults().end();
      world.trace().add("world", null, "no more faults");
      settleWhile(operator::retryStuckSagas);
      // No order waits for the replay of a dead letter: deadlines end it.
      OrderInvariants.everyOrderHasEnded(world);
      settleWhile(operator::replayDeadLetters);
    }

    private void operatorChecks() {
      if (world.random().nextInt(OPERATOR_CHECKS_EVERY) == 0) {
        boolean worked =
            world.random().nextBoolean()
                ? operator.retryStuckSagas()
                : operator.replayDeadLetters();
        world.trace().add("operator", null, worked ? "has repaired" : "has nothing to repair");
      }
    }

    private void settleWhile(BooleanSupplier operates) {
      int rounds = 0;
      do {
        settle();
        rounds++;
      } while (operates.getAsBoolean() && rounds < OPERATOR_ROUNDS);
    }

    private void settle() {
      Schedule schedule = world.schedule();
      while (schedule.step()) {
        world.requireNoBug();
        Violation.unless(
            schedule.steps() < STEPS_WITH_FAULTS + STEPS_UNTIL_QUIESCENT,
            "I5",
            null,
            "it does not become quiescent");
      }
    }
  }
}
