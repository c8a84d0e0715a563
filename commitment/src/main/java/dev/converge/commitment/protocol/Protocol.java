package dev.converge.commitment.protocol;

/**
 * An atomic commitment protocol.
 *
 * @param name as it is shown to people
 * @param coordinator the rules of the service that started the transaction
 * @param participant the rules of each service that has a branch of it
 * @param wording the names that the protocol has for the states, events and actions
 */
public record Protocol(
    String name,
    TransitionTable<CoordinatorPhase, CoordinatorEvent, CoordinatorAction> coordinator,
    TransitionTable<BranchState, BranchEvent, BranchAction> participant,
    Wording wording) {

  /** A protocol with the names of its tables. */
  public Protocol(
      String name,
      TransitionTable<CoordinatorPhase, CoordinatorEvent, CoordinatorAction> coordinator,
      TransitionTable<BranchState, BranchEvent, BranchAction> participant) {
    this(name, coordinator, participant, Wording.OF_THE_TABLE);
  }
}
