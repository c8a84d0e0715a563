package dev.converge.commitment.protocol;

/** The events that a participant reacts to. */
public enum BranchEvent {
  /** The coordinator requests the work and the vote. */
  PREPARE,
  /** Three-phase commit only: the coordinator has seen that all voted yes. */
  PRECOMMIT,
  /** The decision is commit. It does not matter who says so. */
  COMMIT,
  /** The decision is abort. It does not matter who says so. */
  ABORT,
  /** The branch has waited for the decision for longer than the timeout. */
  IN_DOUBT,
  /** The decision cannot be read: its register is unreachable. */
  DECISION_UNREACHABLE,
  /** A peer is precommitted: the coordinator may have committed. */
  PEER_PRECOMMITTED,
  /** No peer that answers knows more than that it is prepared. */
  PEERS_UNDECIDED
}
