package dev.converge.commitment.protocol;

/**
 * An atomic commitment protocol.
 *
 * @param name as it is shown to people
 * @param coordinator the rules of the service that started the transaction
 * @param participant the rules of each service that has a branch of it
 */
public record Protocol(
    String name,
    TransitionTable<CoordinatorPhase, CoordinatorEvent, CoordinatorAction> coordinator,
    TransitionTable<BranchState, BranchEvent, BranchAction> participant) {}
