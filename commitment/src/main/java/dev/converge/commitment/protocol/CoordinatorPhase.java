package dev.converge.commitment.protocol;

/** How far a coordinator is with one transaction. */
public enum CoordinatorPhase {
  /** Nothing is sent. Also after a restart, until the register of decisions is read. */
  NEW,
  /** Waits for the votes. */
  VOTING,
  /** Three-phase commit only: waits until every participant is precommitted. */
  PRECOMMITTING,
  /** Waits for the register of decisions. */
  DECIDING,
  /** The decision is commit; not every participant has acknowledged it. */
  COMMITTING,
  /** The decision is abort; not every participant has acknowledged it. */
  ABORTING,
  DONE
}
