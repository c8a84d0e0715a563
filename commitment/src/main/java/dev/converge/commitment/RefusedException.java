package dev.converge.commitment;

/** The work of a branch is refused, for lack of stock say: the participant votes no. */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param reason for the coordinator, such as {@code OUT_OF_STOCK}
   */
  public RefusedException(String reason) {
    super(reason, null, false, false);
  }
}
