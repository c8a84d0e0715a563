package dev.converge.commitment;

/**
 * The work of a branch is refused, for lack of stock for example: the participant votes no. The
 * message is the reason, such as {@code OUT_OF_STOCK}.
 */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String reason;

  /**
   * @param reason for the coordinator
   */
  public RefusedException(String reason) {
    super(reason, null, false, false);
    this.reason = reason;
  }

  /** Why the work is refused. */
  public String reason() {
    return reason;
  }
}
