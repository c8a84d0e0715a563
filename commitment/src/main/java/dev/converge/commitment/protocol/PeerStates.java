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

  /**
   * Whether a peer can have got the same decision. A commit needs the work of every branch; an
   * abort leaves no branch committed, unless that one has diverged, too.
   *
   * @param decision commit or abort
   * @param answers the states of the peers that answered
   */
  public static boolean allow(BranchEvent decision, Collection<BranchState> answers) {
    return decision == BranchEvent.COMMIT
        ? answers.stream().anyMatch(peer -> peer != BranchState.UNKNOWN)
        : answers.stream().anyMatch(peer -> peer != BranchState.COMMITTED);
  }
}
