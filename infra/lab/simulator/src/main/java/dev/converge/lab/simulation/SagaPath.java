package dev.converge.lab.simulation;

import dev.converge.order.saga.SagaInstance;
import dev.converge.order.saga.SagaStatus;
import java.util.List;

/**
 * The path that a saga may take through its steps: forward, and perhaps back. It is written apart
 * from the order service, which must not check itself.
 *
 * @param steps in their order
 * @param pivot the number of the last step that can be undone
 */
public record SagaPath(List<String> steps, int pivot) {
  /** The saga that places an order. A new step is one more name. */
  static final SagaPath PLACE_ORDER =
      new SagaPath(List.of("reserve-stock", "charge-payment", "ship-stock"), 1);

  /** Whether a saga may begin like this. */
  public boolean begins(SagaInstance saga) {
    return saga.version() == 1
        && saga.status() == SagaStatus.RUNNING
        && saga.step().equals(steps.get(0));
  }

  /**
   * Whether one state may follow another.
   *
   * @param forward whether the saga has not been aborted before
   */
  public boolean follows(SagaInstance from, SagaInstance to, boolean forward) {
    int was = steps.indexOf(from.step());
    int is = steps.indexOf(to.step());
    int last = steps.size() - 1;
    boolean moves =
        switch (to.status()) {
          case RUNNING -> forward && (is == was || is == was + 1);
          case COMPENSATING ->
              (is == was || is == was - 1) && is <= pivot && !(forward && was > pivot);
          case STUCK -> is == was && from.status() != SagaStatus.STUCK;
          case COMPLETED -> forward && was == last;
          case COMPENSATED -> was == 0;
        };
    return moves
        && !from.status().isTerminal()
        && to.version() == from.version() + 1
        && to.messages() == from.messages() + (to.status() == SagaStatus.STUCK ? 0 : 1);
  }
}
