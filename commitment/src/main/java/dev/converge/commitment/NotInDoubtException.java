package dev.converge.commitment;

import dev.converge.commitment.protocol.BranchState;

/** Only a branch in doubt can be resolved by an operator. */
public final class NotInDoubtException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final BranchState state;

  NotInDoubtException(GlobalId id, BranchState state) {
    super(id + " is " + state, null, false, false);
    this.state = state;
  }

  /** The state of the branch. */
  public BranchState state() {
    return state;
  }
}
