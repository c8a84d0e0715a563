package dev.converge.commitment;

import dev.converge.commitment.protocol.BranchState;

/** Only a divergence that is open can be acknowledged by an operator. */
public final class NotDivergentException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final BranchState state;

  public NotDivergentException(GlobalId id, BranchState state) {
    super(id + " is " + state + " and has no divergence that is open", null, false, false);
    this.state = state;
  }

  /** The state of the branch. */
  public BranchState state() {
    return state;
  }
}
