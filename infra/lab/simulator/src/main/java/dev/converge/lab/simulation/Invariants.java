package dev.converge.lab.simulation;

/**
 * The invariants of a quiescent system. The numbers are those of docs/simulation.md. Each invariant
 * is judged from the tables, the topics and the witnesses, never by the rules under test.
 */
final class Invariants {
  private Invariants() {}

  static void whenQuiescent(World world) {
    OrderInvariants.whenQuiescent(world);
    EffectInvariants.whenQuiescent(world);
    MessageInvariants.whenQuiescent(world);
  }
}
