package dev.converge.lab.simulation;

import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs one seed: a while with faults, then without, until nothing happens any more; then everything
 * has to agree.
 */
final class Simulation {
  private static final int STEPS_WITH_FAULTS = 1_000;
  private static final int STEPS_UNTIL_REST = 20_000;
  private static final int OPERATOR_ROUNDS = 100;
  private static final int OPERATOR_LOOKS_EVERY = 100;

  private Simulation() {}

  /**
   * What came of a seed.
   *
   * @param violation the invariant that did not hold, and the timeline of the order it is about
   */
  record Run(long seed, Trace trace, Coverage coverage, Optional<String> violation) {}

  static Run run(long seed) {
    return run(seed, null);
  }

  /** Runs a seed, with a mistake made on purpose if one is given. */
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

  /** The course of a run. */
  private record Course(World world, Operator operator) {
    void run() {
      Schedule schedule = world.schedule();
      while (schedule.steps() < STEPS_WITH_FAULTS && schedule.step()) {
        world.requireNoBug();
        world.mayhem();
        operatorLooks();
      }
      world.faults().end();
      world.trace().add("world", null, "no more faults");
      restWhile(operator::retries);
      // Deadlines see to it: no order waits for a dead letter to be replayed.
      OrderInvariants.everyOrderHasEnded(world);
      restWhile(operator::replays);
    }

    private void operatorLooks() {
      if (world.random().nextInt(OPERATOR_LOOKS_EVERY) == 0) {
        boolean worked = world.random().nextBoolean() ? operator.retries() : operator.replays();
        world.trace().add("operator", null, worked ? "has worked" : "has nothing to do");
      }
    }

    private void restWhile(BooleanSupplier operates) {
      int rounds = 0;
      do {
        rest();
        rounds++;
      } while (operates.getAsBoolean() && rounds < OPERATOR_ROUNDS);
    }

    private void rest() {
      Schedule schedule = world.schedule();
      while (schedule.step()) {
        world.requireNoBug();
        Violation.unless(
            schedule.steps() < STEPS_WITH_FAULTS + STEPS_UNTIL_REST,
            "I5",
            null,
            "it does not come to rest");
      }
    }
  }
}
