package dev.converge.commitment.protocol;

/** The state of a branch in its participant's database. */
public enum BranchState {
  /** There is no row: the work was never prepared, or it was refused. */
  UNKNOWN,
  /** The work is done and survives a crash, but it is not visible. The vote was yes. */
  PREPARED,
  /** Three-phase commit only: all participants voted yes, and this one knows it. */
  PRECOMMITTED,
  COMMITTED,
  /** Also the tombstone of an abort that arrived before the work. */
  ABORTED;

  /** Whether no later event may change this state. */
  public boolean isFinal() {
    return this == COMMITTED || this == ABORTED;
  }

  /** Whether the branch holds its locks and waits for a decision. */
  public boolean isInDoubt() {
    return this == PREPARED || this == PRECOMMITTED;
  }
}
