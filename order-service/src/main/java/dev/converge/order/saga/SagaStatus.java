package dev.converge.order.saga;

/** The state of a saga. */
public enum SagaStatus {
  /** Awaits the reply of a step. */
  RUNNING,
  /** Aborted; awaits the reply to an undo. */
  COMPENSATING,
  /** The last attempt got no reply. A late reply or an operator moves it. */
  STUCK,
  /** Every step has succeeded. Final. */
  COMPLETED,
  /** Aborted, and every step that was done is undone. Final. */
  COMPENSATED;

  public boolean isTerminal() {
    return this == COMPLETED || this == COMPENSATED;
  }
}
