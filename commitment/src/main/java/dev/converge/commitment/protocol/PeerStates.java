package dev.converge.commitment.protocol;

import java.util.Collection;

/** The answers of its peers to a participant in doubt. */
public final class PeerStates {
  private PeerStates() {}

  /**
   * The event that follows from the peers' answers.
   *
   * @param answers the states of the peers that answered; those that did not are absent
   */
  public static BranchEvent event(Collection<BranchState> answers) {
    if (answers.contains(BranchState.COMMITTED)) {
      return BranchEvent.COMMIT;
    }
    if (answers.contains(BranchState.ABORTED)) {
      return BranchEvent.ABORT;
    }
    return answers.contains(BranchState.PRECOMMITTED)
        ? BranchEvent.PEER_PRECOMMITTED
        : BranchEvent.PEERS_UNDECIDED;
  }
}
