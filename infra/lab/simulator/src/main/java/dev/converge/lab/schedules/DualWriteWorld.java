package dev.converge.lab.schedules;

import dev.converge.commitment.protocol.DualWrite;
import java.util.List;

/**
 * The state that the schedule of a dual write has led to.
 *
 * @param ownRow whether the coordinator's own row is committed
 * @param applied the effect of each participant, committed on its own
 * @param calls how many calls were made, in the order of the participants
 * @param waiting whether the answer of the last call is missing
 * @param dead whether the coordinator has crashed: nothing resumes the order
 */
record DualWriteWorld(
    DualWrite.Phase phase,
    boolean ownRow,
    List<Boolean> applied,
    int calls,
    boolean waiting,
    boolean dead) {
  DualWriteWorld {
    applied = List.copyOf(applied);
  }

  /** Whether nothing happens any more. */
  boolean hasEnded() {
    return dead || phase == DualWrite.Phase.DONE || phase == DualWrite.Phase.GIVEN_UP;
  }

  boolean isDivergent() {
    return applied.stream().anyMatch(effect -> effect != ownRow);
  }
}
