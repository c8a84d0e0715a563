package dev.converge.commitment;

import dev.converge.commitment.protocol.BranchEvent;

/** How a transaction ends, in every branch. */
public enum Decision {
  COMMIT,
  ABORT;

  /** The event that announces this decision to a participant. */
  public BranchEvent event() {
    return this == COMMIT ? BranchEvent.COMMIT : BranchEvent.ABORT;
  }
}
