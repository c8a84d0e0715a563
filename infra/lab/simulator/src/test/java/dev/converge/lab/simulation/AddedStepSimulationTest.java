package dev.converge.lab.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.converge.lab.SagaRules;
import dev.converge.lab.simulation.Simulation.Run;
import dev.converge.order.saga.AddedStep;
import dev.converge.testkit.Seed;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Goal: the simulator runs a saga with a step that is added to an existing service, and none of its
 * files lists the steps. Method: many seeds of the saga with {@code AddedStep}, of which only this
 * test knows; and mistakes, which must be found.
 */
class AddedStepSimulationTest {
  private static final int SEEDS = 500;
  private static final int SEEDS_TO_FIND_A_MISTAKE = 500;

  private static SimulatedSaga saga(SagaRules rules, boolean releases) {
    return new SimulatedSaga(AddedStep::definition, rules, () -> new SlotDecisions(releases));
  }

  @Test
  void everyOrderConvergesWithTheAddedStep() {
    SimulatedSaga saga = saga(AddedStep.RULES, true);
    Coverage coverage = new Coverage();
    Set<String> transitions = new HashSet<>();
    Seed.forEach(
        SEEDS,
        seed -> {
          Run run = Simulation.run(seed, null, saga);
          run.violation()
              .ifPresent(
                  violation -> {
                    throw new AssertionError(violation);
                  });
          coverage.add(run.coverage());
          transitions.addAll(transitions(run));
        });
    assertThat(coverage.of(CoveragePoint.ORDER_COMPLETED)).isPositive();
    assertThat(transitions)
        .contains(
            "StockReserved -> RUNNING reserve-slot",
            "SlotReserved -> RUNNING charge-payment",
            "PaymentCharged -> RUNNING pack-slot",
            "StockShipped -> COMPLETED ship-stock",
            "SlotRefused -> COMPENSATING reserve-stock",
            "DeadlinePassed -> COMPENSATING reserve-slot",
            "PaymentRefunded -> COMPENSATING reserve-slot",
            "SlotReleased -> COMPENSATING reserve-stock",
            "StockReleased -> COMPENSATED reserve-stock")
        .anyMatch(transition -> transition.startsWith("SlotPacked -> RUNNING "));
  }

  /** The sagas' transitions without their versions, such as {@code StockReleased -> … v5}. */
  private static Set<String> transitions(Run run) {
    Set<String> transitions = new HashSet<>();
    for (String line : run.trace().lines()) {
      int version = line.lastIndexOf(" v");
      int order = line.indexOf(": order-");
      if (version > 0 && order > 0) {
        transitions.add(line.substring(line.indexOf(": ", order + 2) + 2, version));
      }
    }
    return transitions;
  }

  @Test
  void rulesWithoutTheAddedStepRefuseIt() {
    assertThat(found(saga(SagaRules.PLACE_ORDER, true))).hasValueSatisfying(this::isIllegal);
  }

  private void isIllegal(String violation) {
    assertThat(violation).contains("violates I6").contains("reserve-slot");
  }

  @Test
  void mistakeInTheAddedStepIsFound() {
    assertThat(found(saga(AddedStep.RULES, false)))
        .hasValueSatisfying(
            violation -> assertThat(violation).contains("violates I8").contains("reserve-slot"));
  }

  private static Optional<String> found(SimulatedSaga saga) {
    long first = Seed.one();
    return Stream.iterate(first, seed -> seed + 1)
        .limit(SEEDS_TO_FIND_A_MISTAKE)
        .flatMap(seed -> Simulation.run(seed, null, saga).violation().stream())
        .findFirst();
  }
}
