package dev.converge.commitment;

import dev.converge.commitment.protocol.BranchState;

/** An operator cannot end a branch against the decision that its transaction has. */
public final class DecidedOtherwiseException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final BranchState state;
  private final Decision decision;

  DecidedOtherwiseException(GlobalId id, BranchState state, Decision decision) {
    super(id + " is decided: " + decision, null, false, false);
    this.state = state;
    this.decision = decision;
  }

  /** The state of the branch. */
  public BranchState state() {
    return state;
  }

  /** The decision on the transaction. */
  public Decision decision() {
    return decision;
  }
}
