package dev.converge.commitment.protocol;

/**
 * The actions of a participant. Up to {@code ROLL_BACK} it is one atomic step with the new state.
 */
public enum BranchAction {
  /** Do the work and prepare it. If the work is refused, the branch stays unknown: a vote of no. */
  PREPARE_WORK,
  /** Record that the branch is precommitted. */
  RECORD_PRECOMMIT,
  /** Record the branch as aborted before its work arrives: the tombstone that refuses it. */
  RECORD_ABORT,
  COMMIT_WORK,
  ROLL_BACK,
  /** Propose abort to the decision register, which answers with the registered decision. */
  PROPOSE_ABORT,
  /** Ask the other participants for their states. */
  ASK_PEERS,
  /** Report that two participants decided differently. */
  REPORT_DIVERGENCE
}
