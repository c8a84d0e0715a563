package dev.converge.commitment;

/** Work did not get a row in time, because a branch in doubt holds it. Nothing was changed. */
public final class RowHeldException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param gid the name of the transaction that holds the row
   */
  public RowHeldException(String gid) {
    super(
        "the transaction " + gid + " is in doubt and holds this row: nothing was changed",
        null,
        false,
        false);
  }
}
