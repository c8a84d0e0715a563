package dev.converge.order.saga;

/** Where a saga stands. */
public enum SagaStatus {
  /** Awaits the reply of a step. */
  RUNNING,
  /** Given up; awaits the reply of an undo. */
  COMPENSATING,
  /** A message stays unanswered however often it is sent; a late reply or an operator helps. */
  STUCK,
  /** Every step has succeeded. Final. */
  COMPLETED,
  /** Given up, and all that was done is undone. Final. */
  COMPENSATED;

  public boolean isTerminal() {
    return this == COMPLETED || this == COMPENSATED;
  }
}
