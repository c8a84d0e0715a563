package dev.converge.commitment;

import dev.converge.commitment.protocol.BranchState;

/**
 * The work of a branch is refused, for lack of stock for example: the participant votes no. The
 * message is the reason, such as {@code OUT_OF_STOCK}.
 */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The branch is prepared with another request. */
  public static final String REQUEST_DIFFERS = "REQUEST_DIFFERS";

  private final String reason;
  private final BranchState state;

  /**
   * @param reason for the coordinator
   */
  public RefusedException(String reason) {
    this(reason, BranchState.UNKNOWN);
  }

  /**
   * @param reason for the coordinator
   * @param state of the branch, which stays
   */
  RefusedException(String reason, BranchState state) {
    super(reason, null, false, false);
    this.reason = reason;
    this.state = state;
  }

  /** The state of the branch. */
  public BranchState state() {
    return state;
  }

  /** Why the work is refused. */
  public String reason() {
    return reason;
  }
}
