package dev.converge.order.saga;

import java.util.Set;

/**
 * The product's saga with three of its steps, as {@code PlaceOrderSaga} declares them. Scenarios
 * name these steps one by one, so a further step does not change them.
 */
public final class ThreeSteps {
  private static final Set<String> NAMES = Set.of("reserve-stock", "charge-payment", "ship-stock");

  private ThreeSteps() {}

  public static SagaDefinition definition(SagaTimes times) {
    return SagaDefinition.saga(
        times,
        PlaceOrderSaga.definition(times).steps().stream()
            .filter(step -> NAMES.contains(step.name()))
            .toArray(SagaStep[]::new));
  }
}
