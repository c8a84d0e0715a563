package dev.converge.lab.simulation;

import dev.converge.lab.SagaRules;
import dev.converge.order.saga.PlaceOrderSaga;
import dev.converge.order.saga.SagaDefinition;
import dev.converge.order.saga.SagaTimes;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The saga that a simulation runs.
 *
 * @param definition the order service's own definition
 * @param rules the saga as the invariants expect it
 * @param stock how the inventory decides on its commands, with tables of its own if it has any
 */
record SimulatedSaga(
    Function<SagaTimes, SagaDefinition> definition,
    SagaRules rules,
    Supplier<StockDecisions> stock) {
  /** The saga of the product. */
  static final SimulatedSaga PLACE_ORDER =
      new SimulatedSaga(
          PlaceOrderSaga::definition, SagaRules.PLACE_ORDER, ProductStockDecisions::new);
}
